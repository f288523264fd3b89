//! Many connections: whether a lookup is as cheap over 4,096 as over 16, and what they cost the frontend in memory.

use super::Setting;
use crate::error::BenchError;
use crate::figures::{Figure, Goal, Unit};
use crate::load::{self, Ask, Load};
use crate::shop::Shop;

const FEW: u32 = 16;
const MANY: u32 = 4096;

pub(super) async fn measure(setting: &Setting) -> Result<Vec<Figure>, BenchError> {
    let shop = Shop::open(&setting.place).await?;
    let rate = async |clients| {
        let outcome = load::run(&shop.origin(), Ask::Lookup, Load::Clients(clients), setting.span).await?;
        load::all_answered(&outcome).map(|series| series.per_second)
    };
    rate(FEW).await?;
    let (mut few, mut many) = (Vec::new(), Vec::new());
    let (mut before, mut during) = (Vec::new(), Vec::new());
    for _ in setting.rounds() {
        few.push(rate(FEW).await?);
        before.push(shop.memory("frontend")?);
        let watched = async {
            // In the midst of it: all connections are open by then.
            tokio::time::sleep(setting.span / 2).await;
            shop.memory("frontend")
        };
        let (rate, memory) = tokio::join!(rate(MANY), watched);
        many.push(rate?);
        during.push(memory?);
    }
    shop.close();
    let memory = "memory of the frontend";
    Ok(vec![
        Figure::beside(format!("lookups over {MANY} connections"), Unit::PerSecond, many, format!("over {FEW}"), few)
            .aims(Goal::AtLeast(0.8)),
        Figure::beside(format!("{memory} with {MANY} connections"), Unit::Mebibytes, during, format!("{FEW}"), before),
    ])
}
