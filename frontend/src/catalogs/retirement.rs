//! Retiring catalogs, as `catalog retire` does it: asked of the one that takes over, call by call, until nothing is left.

use super::{Catalogs, Said};
use cluster::Member;
use serve::CallError;
use std::collections::BTreeSet;
use std::time::Duration;
use wire::retirement::{Done, Stranded, Wanted, taker};
use wire::{OperatorName, Problem};

/// How long one call may take: it works for two seconds, and asks everyone before that.
const DEADLINE: Duration = Duration::from_mins(1);
/// How long a catalog may take to say what is stranded: it asks the others who they are.
const LOOK: Duration = Duration::from_secs(10);

impl Catalogs {
    /// Retires the catalog `name` as far as it comes in two seconds, or only says what would be done; with it the name of
    /// the catalog that takes over. Asked again until nothing is unfinished.
    ///
    /// # Errors
    /// Why nothing was done, as that catalog says it; `taker-away` where it does not answer.
    pub async fn retire(&self, name: &str, dry_run: bool, by: &OperatorName) -> Result<(String, Done), Problem> {
        let replicas = BTreeSet::from([name.to_owned()]);
        let names = self.fleet().members().iter().map(|member| member.name.as_str());
        let at = taker(names, &replicas).and_then(|taker| self.member(taker));
        let at = at.ok_or_else(|| Problem::definite(503, "no-catalog", "This shop has no catalogs."))?;
        let wanted = Wanted { replicas, dry_run, although_it_answers: false, by: by.clone() };
        let done: Result<Done, _> = self.replicas.caller().post(at, "/internal/retire", &wanted, DEADLINE).await;
        match done {
            Ok(done) => Ok((at.name.to_string(), done)),
            Err(CallError::Refused { problem, .. }) => Err(*problem),
            Err(error) => {
                let detail = format!("{} takes over what others leave, and does not answer: {error}", at.name);
                Err(Problem { definite: error.definite(), ..Problem::uncertain(503, "taker-away", detail) })
            }
        }
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.fleet().members().iter().find(|member| member.name.as_str() == name)
    }

    /// What actors have that may never write again: those of replicas that do not answer, and those that a replica was
    /// before it lost its data.
    ///
    /// # Errors
    /// Where no catalog tells.
    pub async fn stranded(&self) -> Result<Vec<Stranded>, Problem> {
        let ask = |member: Member| async move {
            self.replicas.caller().get(&member, "/internal/stranded", LOOK).await.map(Said::Answer)
        };
        Ok(self.first_answer(ask).await?)
    }
}
