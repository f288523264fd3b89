//! The elements of ONIX that are read, by their reference names. A message has these or short tags, never both.

macro_rules! tags {
    ($($reference:ident: $short:literal,)*) => {
        /// The reference name of an element that is read, whichever name the message has for it.
        pub(super) fn known(tag: &str) -> Option<&'static str> {
            match tag {
                $(stringify!($reference) | $short => Some(stringify!($reference)),)*
                _ => None,
            }
        }

        /// The short tag of an element, for samples in short tags.
        #[cfg(test)]
        pub(super) fn short(reference: &str) -> Option<&'static str> {
            match reference {
                $(stringify!($reference) => Some($short),)*
                _ => None,
            }
        }
    };
}

// Elements with elements in them have short tags that are their names in small letters; the others have codes.
tags! {
    ONIXMessage: "ONIXmessage",
    Product: "product",
    RecordReference: "a001",
    NotificationType: "a002",
    ProductIdentifier: "productidentifier",
    ProductIDType: "b221",
    IDValue: "b244",
    DescriptiveDetail: "descriptivedetail",
    ProductForm: "b012",
    TitleDetail: "titledetail",
    TitleType: "b202",
    TitleElement: "titleelement",
    TitleElementLevel: "x409",
    TitleText: "b203",
    TitlePrefix: "b030",
    TitleWithoutPrefix: "b031",
    Subtitle: "b029",
    Contributor: "contributor",
    SequenceNumber: "b034",
    ContributorRole: "b035",
    PersonName: "b036",
    PersonNameInverted: "b037",
    NamesBeforeKey: "b039",
    PrefixToKey: "b247",
    KeyNames: "b040",
    CorporateName: "b047",
    Language: "language",
    LanguageRole: "b253",
    LanguageCode: "b252",
    Subject: "subject",
    MainSubject: "x425",
    SubjectSchemeIdentifier: "b067",
    SubjectCode: "b069",
    SubjectHeadingText: "b070",
    CollateralDetail: "collateraldetail",
    TextContent: "textcontent",
    TextType: "x426",
    Text: "d104",
    SupportingResource: "supportingresource",
    ResourceContentType: "x436",
    ResourceMode: "x437",
    ResourceVersion: "resourceversion",
    ResourceLink: "x435",
    PublishingDetail: "publishingdetail",
    Publisher: "publisher",
    PublishingRole: "b291",
    PublisherName: "b081",
    PublishingDate: "publishingdate",
    PublishingDateRole: "x448",
    Date: "b306",
    ProductSupply: "productsupply",
    SupplyDetail: "supplydetail",
    Stock: "stock",
    OnHand: "j350",
    Price: "price",
    PriceType: "x462",
    PriceAmount: "j151",
    CurrencyCode: "j152",
}
