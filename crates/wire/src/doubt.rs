//! "It may have happened": what an answer is worth after somebody who was asked first went silent.

use crate::sale::Refused;

/// Whether somebody who was asked to sell did not answer, and may have sold all the same.
///
/// Until somebody shows the sale, nobody may say that it did not happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doubt(Option<String>);

impl Doubt {
    /// Notes that somebody may have sold, and why that is not known. The latest reason stays.
    pub fn note(&mut self, why: String) {
        self.0 = Some(why);
    }

    /// Whether there is one.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// What may be said after all: a refusal that claims that nothing happened becomes [`Refused::Unsure`].
    ///
    /// # Errors
    /// The refusal that is left.
    pub fn over<T>(&self, sold: Result<T, Refused>) -> Result<T, Refused> {
        match (sold, &self.0) {
            // The first was seen, the second is true whatever happened, the third is asked again by somebody who has to
            // know of the doubt.
            (sold @ (Ok(_) | Err(Refused::OtherBasket { .. })), _) | (sold, None) => sold,
            (Err(Refused::AskAlone { item, .. }), _) => Err(Refused::AskAlone { item, unsure: true }),
            (Err(_), Some(why)) => Err(Refused::Unsure { why: why.clone() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ItemId, Quantity};

    #[test]
    fn after_a_silence_only_a_sale_that_is_shown_is_certain() {
        let mut doubt = Doubt::default();
        let sold_out = || Err(Refused::short(ItemId(1), Quantity::ONE, Some(0)));
        assert_eq!(doubt.over::<()>(sold_out()), sold_out());
        doubt.note("catalogA broke off".into());
        assert_eq!(doubt.over(Ok(7)), Ok(7));
        let unsure = Err(Refused::Unsure { why: "catalogA broke off".into() });
        assert_eq!(doubt.over::<()>(sold_out()), unsure);
    }
}
