//! A script without what only its readers need: documentation, whole-line comments, indentation. Pure.
//!
//! Not a minifier: names and lines stay, so that an error in a browser can be found again. It relies on how the scripts of
//! this shop are written, which a test checks: no text in them contains the beginning of a documentation comment, and none
//! goes over several lines.

/// The script, leaner.
pub(super) fn script(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(from) = rest.find("/**") {
        code.push_str(&rest[..from]);
        // A comment without an end is a mistake that no browser would read either.
        rest = rest[from..].find("*/").map_or("", |upto| &rest[from + upto + 2..]);
    }
    code.push_str(rest);
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    let mut lean = lines.collect::<Vec<_>>().join("\n");
    lean.push('\n');
    lean
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn what_only_readers_need_is_left_out_and_nothing_else() {
        let text = "// @ts-check\n/** @param {string} a\n * more */\nexport function f(/** @type {any} */ a) {\n\n  // why\n  return 'https://x'; // stays\n}\n";
        assert_eq!(script(text), "export function f( a) {\nreturn 'https://x'; // stays\n}\n");
        assert_eq!(script("a;\n/** no end"), "a;\n");
    }

    #[test]
    fn the_scripts_are_written_so_that_nothing_else_goes() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/static");
        let mut seen = 0;
        for file in std::fs::read_dir(directory).expect("the scripts are there") {
            let path = file.expect("a file").path();
            if path.extension().is_none_or(|extension| extension != "js") {
                continue;
            }
            seen += 1;
            let text = std::fs::read_to_string(&path).expect("a script can be read");
            for line in text.lines() {
                let outside = line.split("/**").next().unwrap_or_default();
                for quote in ['\'', '"', '`'] {
                    let quotes = outside.matches(quote).count();
                    let is_prose = outside.trim_start().starts_with(['/', '*']);
                    assert!(is_prose || quotes % 2 == 0, "{}: a text that does not end: {line}", path.display());
                }
            }
        }
        assert!(seen >= 8, "{seen} scripts");
    }
}
