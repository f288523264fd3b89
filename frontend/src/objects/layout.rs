//! Which layout the cart tier has, and another one at an operator's word, as `cart layout` does it.

use super::Objects;
use futures::future::join_all;
use placement::{Moves, movement};
use serve::CallError;
use std::time::Duration;
use wire::Problem;
use wire::cart::{COPIES, Difference, Layout, Layouts, NotChanged, Stands};

/// How long a replica may take to tell.
const LOOK: Duration = Duration::from_secs(1);
/// How long it may take to note another layout.
const DEADLINE: Duration = Duration::from_secs(5);

fn placed(layout: &Layout) -> Result<placement::Placement, Problem> {
    layout.placement().map_err(|error| Problem::invalid("layout", NotChanged::from(error).to_string()))
}

impl Objects {
    /// The latest layouts that any cart replica tells of.
    ///
    /// # Errors
    /// Where none tells.
    pub async fn layouts(&self) -> Result<Layouts, Problem> {
        Ok(self.latest().await?.0)
    }

    /// The same, and which replica told of them.
    async fn latest(&self) -> Result<(Layouts, &cluster::Member), Problem> {
        let members = self.fleet().members();
        let asked = members.iter().map(|member| self.replicas.caller().get::<Stands>(member, "/layout", LOOK));
        let told = members.iter().zip(join_all(asked).await);
        let told = told.filter_map(|(member, stands)| Some((stands.ok()?.layouts, member)));
        let none = || Problem::definite(503, "no-cart-replica", "No cart replica tells which layout there is.");
        told.max_by_key(|(layouts, _)| layouts.epoch()).ok_or_else(none)
    }

    /// The layouts there are, and what another one would move.
    ///
    /// # Errors
    /// What is wrong with it, or that no replica tells which layout there is.
    pub async fn would_move(&self, difference: &Difference<'_>) -> Result<(Layouts, Moves), Problem> {
        let now = self.layouts().await?;
        let wanted = now.differing(difference).map_err(|error| Problem::invalid("layout", error.to_string()))?;
        let would = now.change(wanted).map_err(|error| Problem::invalid("layout", error.to_string()))?;
        let moves = movement(&placed(now.now())?, &placed(would.latest())?, COPIES);
        Ok((now, moves))
    }

    /// Gives the tier another layout, and says which ones it has then. The change goes on by itself.
    ///
    /// # Errors
    /// What is wrong with it, or that no replica answers.
    pub async fn lay_out(&self, difference: &Difference<'_>) -> Result<Layouts, Problem> {
        let (now, at) = self.latest().await?;
        let wanted = now.differing(difference).map_err(|error| Problem::invalid("layout", error.to_string()))?;
        let stands: Result<Stands, _> = self.replicas.caller().put(at, "/layout", &wanted, DEADLINE).await;
        match stands {
            Ok(stands) => Ok(stands.layouts),
            Err(CallError::Refused { problem, .. }) => Err(*problem),
            Err(error) => {
                let detail = format!("{} was asked to change the layout, and does not answer: {error}", at.name);
                Err(Problem { definite: error.definite(), ..Problem::uncertain(503, "no-answer", detail) })
            }
        }
    }
}
