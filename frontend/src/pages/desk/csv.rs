//! Tables of the desk as CSV files (RFC 4180), written row by row while they are read.

use crate::headers::NOT_KEPT;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Bytes;
use futures::Stream;
use std::io;

/// A row. A text that a spreadsheet would take for a formula gets an apostrophe, by which it stays a text.
pub(super) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if guard.is_empty() && !text.contains(['"', ',', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// A file of this name, whose rows come as they are read. One that breaks off is no whole answer, and browsers say so.
pub(super) fn file(name: &str, rows: impl Stream<Item = io::Result<Bytes>> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(NOT_KEPT)
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(rows)
}

#[cfg(test)]
mod tests {
    use super::row;

    #[test]
    fn a_row_is_read_as_it_was_written_and_no_cell_is_a_formula() {
        assert_eq!(row(["1", "Emma", ""]), "1,Emma,\r\n");
        assert_eq!(row(["a,b", "say \"hi\"", "two\nlines"]), "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
        assert_eq!(row(["=1+1", "-2", "a=b"]), "\"'=1+1\",\"'-2\",a=b\r\n");
    }
}
