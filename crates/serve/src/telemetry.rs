//! What the operator sees from outside: log lines and metrics.
//!
//! A log line is one JSON object on stdout with the replica's name and, inside a request, the request's id in front,
//! so that the logs of a whole cluster can be poured together and one request followed through them. Metrics are kept
//! in the process and rendered for Prometheus when somebody asks; who may ask is `health`'s business.

use crate::request_id;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, fmt as log};

/// Upper bounds of the histograms that measure seconds: a page from the cache takes a tenth of a millisecond, a buy
/// that waits for its peer a quarter of a second.
const SECONDS: [f64; 12] = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Upper bounds of the histograms that count what travelled together.
const SIZES: [f64; 7] = [1.0, 2.0, 5.0, 10.0, 50.0, 200.0, 512.0];

/// How often samples that nobody asked for are folded into their histograms, so that they do not pile up.
const UPKEEP: Duration = Duration::from_secs(5);

/// What is logged unless `RUST_LOG` says otherwise. The framework's account of its threads is left out.
const FILTER: &str = "info,actix_server=warn";

static METRICS: OnceLock<(PrometheusHandle, Instant)> = OnceLock::new();

/// Starts logging and measuring for the process of `replica`. A second call in one process changes nothing.
///
/// `RUST_LOG` chooses what is logged; without it that is `info`, and of the web framework only what goes wrong.
pub fn start(replica: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    if tracing::subscriber::set_global_default(subscriber(replica, filter, std::io::stdout)).is_err() {
        return;
    }
    match recorder(replica) {
        Ok(handle) => METRICS.set((handle, Instant::now())).unwrap_or_default(),
        Err(why) => tracing::error!(%why, "no metrics: the recorder could not be installed"),
    }
}

/// All metrics in the text format of Prometheus; empty in a process that did not call [`start`].
pub fn render_metrics() -> String {
    let Some((handle, started)) = METRICS.get() else { return String::new() };
    metrics::gauge!("process_uptime_seconds").set(started.elapsed().as_secs_f64());
    if let Some(kilobytes) = resident_kilobytes() {
        metrics::gauge!("process_resident_memory_bytes").set(f64::from(kilobytes) * 1024.0);
    }
    handle.render()
}

/// Keeps the histograms small for as long as it is polled; it never ends.
pub(crate) async fn upkeep() {
    let Some((handle, _)) = METRICS.get() else { return std::future::pending().await };
    loop {
        tokio::time::sleep(UPKEEP).await;
        handle.run_upkeep();
    }
}

fn recorder(replica: &str) -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .add_global_label("replica", replica)
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)?
        .set_buckets_for_metric(Matcher::Suffix("_size".into()), &SIZES)?
        .install_recorder()?;
    metrics::describe_gauge!("process_uptime_seconds", "How long the process has been running.");
    metrics::describe_gauge!("process_resident_memory_bytes", "Memory of the process that is in RAM.");
    metrics::describe_counter!("http_requests_total", "Requests answered, by route and class of status.");
    metrics::describe_histogram!("http_request_seconds", "Time from a request's head to its answer's head.");
    metrics::describe_gauge!("peer_ready", "1 when this replica believes the other one may take traffic.");
    metrics::describe_histogram!("lane_batch_size", "Questions that left together in one call.");
    Ok(handle)
}

/// Memory in RAM, in units of 1024 bytes, where the system tells. `status` says it in a fixed unit; `statm` counts
/// pages, whose size only the C library knows.
fn resident_kilobytes() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn subscriber<W>(replica: &str, filter: EnvFilter, to: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // Only the name goes in front: a value that could need escaping is written by serde, once.
    let front = format!("{{\"replica\":{},", serde_json::Value::from(replica));
    log()
        .json()
        .event_format(Line { front, rest: Format::default().json().flatten_event(true).with_span_list(false) })
        .with_env_filter(filter)
        .with_writer(to)
        .finish()
}

/// tracing's JSON line with the replica and the request in front of it.
struct Line {
    /// `{"replica":"catalogA",`
    front: String,
    rest: Format<Json>,
}

impl<S> FormatEvent<S, JsonFields> for Line
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    JsonFields: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::with_capacity(256);
        self.rest.format_event(context, Writer::new(&mut line), event)?;
        writer.write_str(&self.front)?;
        if let Some(id) = request_id::current() {
            // A request id is sane by construction: nothing in it needs escaping.
            write!(writer, "\"request_id\":\"{id}\",")?;
        }
        writer.write_str(line.strip_prefix('{').unwrap_or(&line))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{FILTER, resident_kilobytes, subscriber};
    use crate::request_id;
    use serde_json::Value;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing::subscriber::DefaultGuard;
    use tracing_subscriber::EnvFilter;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("nobody panics while writing").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What this thread logs while the value lives.
    pub(crate) struct Captured {
        page: Page,
        _until: DefaultGuard,
    }

    impl Captured {
        pub(crate) fn start() -> Self {
            let page = Page::default();
            let writer = page.clone();
            let subscriber = subscriber("catalogA", EnvFilter::new(FILTER), move || writer.clone());
            Self { page, _until: tracing::subscriber::set_default(subscriber) }
        }

        pub(crate) fn lines(&self) -> Vec<Value> {
            let bytes = self.page.0.lock().expect("nobody panics while writing").clone();
            let text = String::from_utf8(bytes).expect("log lines are text");
            text.lines().map(|line| serde_json::from_str(line).expect("every line is JSON")).collect()
        }
    }

    #[test]
    fn every_line_names_its_replica_and_keeps_its_fields() {
        let captured = Captured::start();
        tracing::info!(item = 7, "sold \"Momo\"");
        tracing::debug!("not shown at info");
        let lines = captured.lines();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["replica"], "catalogA");
        assert_eq!(lines[0]["message"], "sold \"Momo\"");
        assert_eq!(lines[0]["item"], 7);
        assert_eq!(lines[0]["level"], "INFO");
        assert!(lines[0]["timestamp"].is_string());
        assert!(lines[0].get("request_id").is_none());
    }

    #[test]
    fn a_line_inside_a_request_carries_its_id() {
        let captured = Captured::start();
        futures::executor::block_on(request_id::on_behalf_of("r-1".parse().expect("sane"), async {
            tracing::info!("deep inside");
        }));
        assert_eq!(captured.lines()[0]["request_id"], "r-1");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_resident_memory_of_a_process_is_known_on_linux() {
        let kilobytes = resident_kilobytes().expect("Linux tells");
        assert!(kilobytes > 500, "{kilobytes} kB");
    }
}
