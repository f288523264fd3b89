//! The words in which operations are described: a parameter, an answer with its example, a refusal.
//!
//! What is described is in the files beside this one.

use serde::Serialize;
use serde_json::{Value, json};
use serve::health::{Ready, Reason, Up};
use serve::params::LONGEST_TEXT;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, SchemaFormat, Type};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{
    Components, ComponentsBuilder, Content, ContentBuilder, HeaderBuilder, PathsBuilder, Ref, RefOr, Required,
    ResponseBuilder, Schema,
};
use utoipa::{PartialSchema, ToSchema};
use wire::Fulfilment;
use wire::account::{Credentials, Email, NewPassword, Password, Visitor};
use wire::classic::carts::{
    CartLines, Done, InCart, ListedUser, Owners, Product, Products, Stocked, User, UserState, Users,
};
use wire::classic::{Bought, BoughtOrder, Failure, Item, Items, Nothing};
use wire::order::OrderState;
use wire::sale::Line;
use wire::search::{Choice, Facets, PriceBand, Suggestion};
use wire::v1::{
    Book, Books, Cart, CartLine, List, ListPut, ListSync, ListSynced, ListWritten, NewOrder, Order, OrderLine, Orders,
    Suggestions,
};
use wire::{
    Format, IdempotencyKey, Isbn, ItemId, Money, OrderId, OrderNumber, Problem, Published, Quantity, Shortfall,
};

/// The published API.
pub(super) const CLASSIC: &str = "classic";
/// The API of today.
pub(super) const V1: &str = "v1";
/// What the operator asks.
pub(super) const HEALTH: &str = "health";

pub(super) fn tags() -> Vec<Tag> {
    let tag = |name, description| TagBuilder::new().name(name).description(Some(description)).build();
    vec![
        tag(CLASSIC, "The published bookstore API. Refusals are in its envelope; the status is in `validation_code`."),
        tag(V1, "The API for programs written today. Refusals are problems of RFC 9457."),
        tag(HEALTH, "How this frontend is doing."),
    ]
}

/// The schemas that the document refers to, each derived from the type that is sent.
pub(super) fn components() -> Components {
    type Named = (String, RefOr<Schema>);
    fn of<T: ToSchema>() -> Named {
        (T::name().into_owned(), T::schema())
    }
    let schemas: &[fn() -> Named] = &[
        of::<Bought>,
        of::<BoughtOrder>,
        of::<OrderId>,
        of::<OrderNumber>,
        of::<Failure>,
        of::<Items>,
        of::<Item>,
        of::<Nothing>,
        of::<ItemId>,
        of::<Money>,
        of::<Quantity>,
        of::<IdempotencyKey>,
        of::<Books>,
        of::<Book>,
        of::<Isbn>,
        of::<Published>,
        of::<Format>,
        of::<Facets>,
        of::<Choice>,
        of::<PriceBand>,
        of::<Suggestions>,
        of::<Suggestion>,
        of::<Cart>,
        of::<CartLine>,
        of::<NewOrder>,
        of::<Line>,
        of::<Order>,
        of::<OrderLine>,
        of::<Orders>,
        of::<OrderState>,
        of::<Fulfilment>,
        of::<Done>,
        of::<CartLines>,
        of::<InCart>,
        of::<Products>,
        of::<Product>,
        of::<Stocked>,
        of::<User>,
        of::<UserState>,
        of::<Owners>,
        of::<Users>,
        of::<ListedUser>,
        of::<Credentials>,
        of::<NewPassword>,
        of::<Visitor>,
        of::<Email>,
        of::<Password>,
        of::<List>,
        of::<ListPut>,
        of::<ListWritten>,
        of::<ListSync>,
        of::<ListSynced>,
        of::<Problem>,
        of::<Shortfall>,
        of::<Up>,
        of::<Ready>,
        of::<Reason>,
    ];
    ComponentsBuilder::new().schemas_from_iter(schemas.iter().map(|of| of())).build()
}

pub(super) fn reference<T: ToSchema>() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

fn example(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("a body has a JSON form")
}

/// A body of JSON with this schema, such as this one.
fn content<T: ToSchema + Serialize>(body: &T) -> Content {
    ContentBuilder::new().schema(Some(reference::<T>())).example(Some(example(body))).build()
}

/// A whole number from `least` to `most`.
pub(super) fn whole(least: u64, most: u64) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most))
}

/// A quantity in JSON that need not be given: `null` is as good as not there.
pub(super) fn quantity_or_null() -> OneOfBuilder {
    OneOfBuilder::new().item(reference::<Quantity>()).item(ObjectBuilder::new().schema_type(Type::Null))
}

/// A text that is searched for.
pub(super) fn words() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(LONGEST_TEXT))
}

/// A parameter in the address.
pub(super) fn query(
    name: &str,
    needed: bool,
    schema: impl Into<RefOr<Schema>>,
    description: &str,
    example: impl Into<Value>,
) -> Parameter {
    let needed = if needed { Required::True } else { Required::False };
    parameter(name, ParameterIn::Query, schema, description, example).required(needed).build()
}

fn parameter(
    name: &str,
    place: ParameterIn,
    schema: impl Into<RefOr<Schema>>,
    description: &str,
    example: impl Into<Value>,
) -> ParameterBuilder {
    let (description, example) = (Some(description), Some(example.into()));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .schema(Some(schema))
        .description(description)
        .example(example)
}

/// The key of a purchase.
pub(super) fn key() -> Parameter {
    let description = "Makes a repeated purchase the same one. Without it the shop makes a key, and tells it.";
    let (schema, example) = (reference::<IdempotencyKey>(), "3f6d2f0e-basket-1");
    parameter("Idempotency-Key", ParameterIn::Header, schema, description, example).required(Required::False).build()
}

/// A body that is sent, as JSON or as a form.
pub(super) fn body(json: ObjectBuilder, form: ObjectBuilder, example: &Value, description: &str) -> RequestBody {
    let content = |schema| ContentBuilder::new().schema(Some(schema)).example(Some(example.clone())).build();
    RequestBodyBuilder::new()
        .description(Some(description))
        .content("application/json", content(json))
        .content("application/x-www-form-urlencoded", content(form))
        .required(Some(Required::True))
        .build()
}

/// A body of JSON with this schema, such as this one.
pub(super) fn json_body<T: ToSchema + Serialize>(body: &T, description: &str) -> RequestBody {
    RequestBodyBuilder::new()
        .description(Some(description))
        .content("application/json", content(body))
        .required(Some(Required::True))
        .build()
}

/// A body of JSON with the schema of a type that is only read, such as this.
pub(super) fn json_body_of<T: ToSchema>(example: &Value, description: &str) -> RequestBody {
    let content = ContentBuilder::new().schema(Some(reference::<T>())).example(Some(example.clone())).build();
    RequestBodyBuilder::new()
        .description(Some(description))
        .content("application/json", content)
        .required(Some(Required::True))
        .build()
}

/// The part of an address that names something by a UUID.
pub(super) fn id(description: &str, example: &str) -> Parameter {
    let uuid = ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom("uuid".into())));
    part("id", uuid, description, example)
}

/// A part of an address.
pub(super) fn part(
    name: &str,
    schema: impl Into<RefOr<Schema>>,
    description: &str,
    example: impl Into<Value>,
) -> Parameter {
    parameter(name, ParameterIn::Path, schema, description, example).required(Required::True).build()
}

/// An operation under construction.
pub(super) struct Described(OperationBuilder);

impl Described {
    /// An operation of `tag`; its id names it in generated clients.
    pub(super) fn new(tag: &str, id: &str, summary: &str, description: &str) -> Self {
        let operation = OperationBuilder::new().tag(tag).operation_id(Some(id)).summary(Some(summary));
        Self(operation.description(Some(description)))
    }

    /// It takes these parameters.
    pub(super) fn takes(self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        Self(parameters.into_iter().fold(self.0, OperationBuilder::parameter))
    }

    /// It takes this body.
    pub(super) fn takes_body(self, body: RequestBody) -> Self {
        Self(self.0.request_body(Some(body)))
    }

    /// It answers `status` with a body such as `body`.
    pub(super) fn answers<T: ToSchema + Serialize>(self, status: u16, description: &str, body: &T) -> Self {
        self.says(status, description, "application/json", content(body))
    }

    /// It answers 200 with a text of this media type.
    pub(super) fn answers_text(self, media: &str, description: &str, text: &str) -> Self {
        let content = ContentBuilder::new().schema(Some(String::schema())).example(Some(text.into())).build();
        self.says(200, description, media, content)
    }

    /// It answers 200 with JSON that has no schema of its own.
    pub(super) fn answers_object(self, description: &str, example: Value) -> Self {
        let object = ObjectBuilder::new().schema_type(Type::Object);
        let content = ContentBuilder::new().schema(Some(object)).example(Some(example)).build();
        self.says(200, description, "application/json", content)
    }

    /// It refuses with each of these, in the classic envelope.
    pub(super) fn refuses_classic(self, refusals: &[(u16, &str)]) -> Self {
        refusals.iter().fold(self, |all, (status, why)| {
            all.says(*status, why, "application/json", content(&Failure::new(*status, *why)))
        })
    }

    /// It refuses with each of these problems: the status, the problem's type, and why.
    pub(super) fn refuses(self, refusals: &[(u16, &str, &str)]) -> Self {
        refusals.iter().fold(self, |all, (status, kind, why)| all.refuses_as(Problem::definite(*status, kind, *why)))
    }

    /// It refuses with such a problem.
    pub(super) fn refuses_as(self, problem: Problem) -> Self {
        let problem = Problem { request_id: Some("8c0f3d5e".into()), ..problem };
        self.says(problem.status, &problem.detail, "application/problem+json", content(&problem))
    }

    fn says(self, status: u16, description: &str, media: &str, content: Content) -> Self {
        let mut answer = ResponseBuilder::new().description(description).content(media, content);
        if status == 201 {
            let address = HeaderBuilder::new().schema(String::schema()).description(Some("Where it is from now on."));
            answer = answer.header("Location", address.build());
        }
        if matches!(status, 429 | 503) {
            let seconds =
                HeaderBuilder::new().schema(whole(1, 60)).description(Some("In how many seconds to ask again."));
            answer = answer.header("Retry-After", seconds.build());
        }
        Self(self.0.response(status.to_string(), answer.build()))
    }

    fn build(self) -> Operation {
        self.0.build()
    }
}

/// Adds an address with what can be done there.
pub(super) fn path(
    paths: PathsBuilder,
    path: &str,
    operations: impl IntoIterator<Item = (HttpMethod, Described)>,
) -> PathsBuilder {
    let mut operations = operations.into_iter();
    let (method, first) = operations.next().expect("something can be done at an address");
    let mut item = PathItem::new(method, first.build());
    for (method, operation) in operations {
        item.merge_operations(PathItem::new(method, operation.build()));
    }
    paths.path(path, item)
}

/// What every answer of a listed book looks like.
pub(super) fn item() -> Item {
    Item {
        id: ItemId(1),
        title: "How to get a good grade in 677 in 20 minutes a day.".into(),
        topic: "distributed systems".into(),
        cost: Money::from_cents(1000).expect("a price"),
        count: 15,
    }
}

/// The example of a purchase.
pub(super) fn wish() -> Value {
    json!({"id": 1, "quantity": 1})
}
