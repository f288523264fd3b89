//! Files of books on their way to a catalog, which imports them. The frontend passes parts on and keeps nothing: which catalog
//! has a file stands in the address of its page.

use super::{Catalogs, NoCatalog};
use bytes::{Bytes, BytesMut};
use cluster::Member;
use serde::de::DeserializeOwned;
use serve::CallError;
use std::time::Duration;
use uuid::Uuid;
use wire::Problem;
use wire::import::{BadRow, PART_BYTES, Status, Wanted};

/// How long a catalog may take for a part of a file, or to say how far it is.
const DEADLINE: Duration = Duration::from_secs(5);

/// A file that is being sent to a catalog.
pub struct Sending<'a> {
    catalogs: &'a Catalogs,
    to: Member,
    id: Uuid,
    /// Bytes that are there.
    sent: u64,
    /// What is not a whole part yet.
    rest: BytesMut,
}

impl Catalogs {
    /// Begins to send a file to a catalog that answers.
    ///
    /// # Errors
    /// What the catalog says, or 503.
    pub async fn begin_sending(&self, wanted: &Wanted) -> Result<Sending<'_>, Problem> {
        let mut answer = Err(Problem::from(NoCatalog("none is ready".into())));
        for to in self.fleet().ready() {
            match self.replicas.caller().post(&to, "/internal/imports", wanted, DEADLINE).await {
                Ok(id) => return Ok(Sending { catalogs: self, to, id, sent: 0, rest: BytesMut::new() }),
                Err(CallError::Refused { problem, .. }) if problem.status == 422 => return Err(*problem),
                Err(error) => answer = Err(said(error)),
            }
        }
        answer
    }

    /// How far an import is.
    ///
    /// # Errors
    /// 404 where the catalog knows of no such import, or there is no such catalog; 503 where it does not answer.
    pub async fn import(&self, catalog: &str, id: Uuid) -> Result<Status, Problem> {
        self.ask_of_import(catalog, &format!("/internal/imports/{id}")).await
    }

    /// What is wrong with the rows of an import.
    ///
    /// # Errors
    /// As [`Self::import`].
    pub async fn bad_rows(&self, catalog: &str, id: Uuid) -> Result<Vec<BadRow>, Problem> {
        self.ask_of_import(catalog, &format!("/internal/imports/{id}/bad")).await
    }

    /// Stops an import.
    ///
    /// # Errors
    /// As [`Self::import`].
    pub async fn cancel_import(&self, catalog: &str, id: Uuid) -> Result<(), Problem> {
        let member = self.named(catalog)?;
        let path = format!("/internal/imports/{id}/cancel");
        self.replicas.caller().post(member, &path, &(), DEADLINE).await.map_err(said)
    }

    /// The imports that each catalog remembers, as far as they answer, by its name.
    pub async fn imports(&self) -> Vec<(String, Status)> {
        let ready = self.fleet().ready();
        let asked = ready.iter().map(|member| async move {
            let all: Result<Vec<Status>, _> = self.replicas.caller().get(member, "/internal/imports", DEADLINE).await;
            all.unwrap_or_default().into_iter().map(|status| (member.name.to_string(), status)).collect::<Vec<_>>()
        });
        let mut all: Vec<_> = futures::future::join_all(asked).await.into_iter().flatten().collect();
        all.sort_by_key(|(_, status)| std::cmp::Reverse(status.began_ms));
        all
    }

    async fn ask_of_import<T: DeserializeOwned>(&self, catalog: &str, path: &str) -> Result<T, Problem> {
        let member = self.named(catalog)?;
        self.replicas.caller().get(member, path, DEADLINE).await.map_err(said)
    }

    /// The catalog of this name.
    ///
    /// # Errors
    /// 404.
    pub fn named(&self, catalog: &str) -> Result<&Member, Problem> {
        let member = self.fleet().members().iter().find(|member| member.name.as_str() == catalog);
        member.ok_or_else(|| Problem::definite(404, "no-such-import", "There is no such catalog in this shop."))
    }
}

impl Sending<'_> {
    /// Which catalog has it, and under which name.
    pub fn place(&self) -> (&str, Uuid) {
        (self.to.name.as_str(), self.id)
    }

    /// Sends these bytes of the file on, as soon as they make a part.
    ///
    /// # Errors
    /// What the catalog says, or 503; then nothing is imported.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.rest.extend_from_slice(bytes);
        while self.rest.len() >= PART_BYTES {
            let part = self.rest.split_to(PART_BYTES).freeze();
            self.put(part).await?;
        }
        Ok(())
    }

    /// The file is whole: it is checked, and imported.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn end(mut self) -> Result<(), Problem> {
        let rest = self.rest.split().freeze();
        if !rest.is_empty() {
            self.put(rest).await?;
        }
        let path = format!("/internal/imports/{}/begin", self.id);
        self.catalogs.replicas.caller().post(&self.to, &path, &(), DEADLINE).await.map_err(said)
    }

    /// Nothing more comes of it.
    pub async fn give_up(self) {
        let (catalog, id) = self.place();
        if let Err(problem) = self.catalogs.cancel_import(catalog, id).await {
            tracing::debug!(catalog, %id, %problem, "an import that broke off is given up by its catalog later");
        }
    }

    async fn put(&mut self, part: Bytes) -> Result<(), Problem> {
        let path = format!("/internal/imports/{}/parts?from={}", self.id, self.sent);
        let size = part.len() as u64;
        let caller = self.catalogs.replicas.caller();
        let mut put: Result<(), CallError> = caller.put_bytes(&self.to, &path, part.clone(), DEADLINE).await;
        if put.as_ref().is_err_and(CallError::worth_another_replica) {
            // The same bytes at the same place change nothing where they arrived.
            put = caller.put_bytes(&self.to, &path, part, DEADLINE).await;
        }
        put.map_err(said)?;
        self.sent += size;
        Ok(())
    }
}

/// The catalog's own refusal, or that it does not answer.
fn said(error: CallError) -> Problem {
    match error {
        CallError::Refused { problem, .. } => *problem,
        error => {
            let why = "The catalog that has this file does not answer. If it was restarted, the import has ended: send the file \
                       again, and what was imported stays as it is.";
            Problem { definite: error.definite(), ..Problem::uncertain(503, "import-away", why) }
        }
    }
}
