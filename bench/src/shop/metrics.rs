//! The two things that are read from a process that is measured: Prometheus' text, and `/proc`.

/// What a histogram has counted so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Total {
    sum: f64,
    count: f64,
}

impl Total {
    /// The mean of what was counted since `before`; `None` where nothing was.
    pub(crate) fn mean_since(self, before: Self) -> Option<f64> {
        let count = self.count - before.count;
        (count > 0.0).then(|| (self.sum - before.sum) / count)
    }
}

/// Sum and count of the histogram `name`, over all its labels.
pub(super) fn total(text: &str, name: &str) -> Total {
    let sum = |suffix: &str| {
        let wanted = format!("{name}{suffix}");
        let value = |line: &str| {
            let (series, value) = line.rsplit_once(' ')?;
            (series.split('{').next()? == wanted).then(|| value.parse::<f64>().ok())?
        };
        text.lines().filter_map(value).sum()
    };
    Total { sum: sum("_sum"), count: sum("_count") }
}

/// Memory in RAM, in MiB, of `/proc/PID/status`.
pub(super) fn resident(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# TYPE journal_batch_size histogram
journal_batch_size_bucket{le=\"1\"} 3
journal_batch_size_sum 40
journal_batch_size_count 10
http_request_seconds_sum{route=\"/buy\"} 1.5
http_request_seconds_count{route=\"/buy\"} 5
http_request_seconds_count{route=\"/lookup\"} 7
";

    #[test]
    fn a_mean_is_of_what_was_counted_in_between() {
        let before = total(TEXT, "journal_batch_size");
        assert_eq!(before, Total { sum: 40.0, count: 10.0 });
        let after = total(&TEXT.replace("_sum 40", "_sum 100").replace("_count 10", "_count 12"), "journal_batch_size");
        assert_eq!(after.mean_since(before), Some(30.0));
        assert_eq!(before.mean_since(before), None);
    }

    #[test]
    fn series_with_labels_are_added_up() {
        assert_eq!(total(TEXT, "http_request_seconds"), Total { sum: 1.5, count: 12.0 });
    }

    #[test]
    fn memory_is_read_from_the_line_that_is_resident() {
        assert_eq!(resident("Name:\tfrontend\nVmPeak:\t 999 kB\nVmRSS:\t   2048 kB\n"), Some(2.0));
        assert_eq!(resident("Name:\tzombie\n"), None);
    }
}
