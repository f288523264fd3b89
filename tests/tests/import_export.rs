//! Books in and out as CSV: nothing is lost on the way, and a file with a mistake changes nothing.

use std::fs;
use std::process::Output;
use std::time::Duration;
use tests::{Cluster, awaits, seed};
use wire::Money;

/// What an export has beyond the columns of [`seed::HEADER`].
const MORE: &str = "isbn,publisher,published,format,description";

/// The rows of a file, by id, with all columns, prices as amounts, since 9.5 and 9.50 are the same price.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().expect("a header").iter().map(str::to_owned).collect();
    let all = format!("{},{MORE}", seed::HEADER);
    assert!(header.join(",") == seed::HEADER || header.join(",") == all, "{header:?}");
    let width = all.split(',').count();
    let price = header.iter().position(|name| name == "price").expect("a price");
    let mut rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| {
            let mut row: Vec<String> = row.expect("a row").iter().map(str::to_owned).collect();
            row.resize(width, String::new());
            let amount: Money = row[price].parse().expect("a price");
            row[price] = amount.to_string();
            row
        })
        .collect();
    rows.sort_by_key(|row| row[0].parse::<u32>().expect("an id"));
    rows
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn import(shop: &Cluster, csv: &str, more: &[&str]) -> Output {
    // Whatever it is called, what it is shows in it.
    let path = shop.paths().root().join("import.csv");
    fs::write(&path, csv).expect("a file can be written");
    let path = path.to_string_lossy();
    shop.command("catalog", &[&["import", &*path], more].concat()).await
}

async fn export(shop: &Cluster, name: &str) -> String {
    let output = shop.command("catalog", &["export", "--name", name]).await;
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("an export is UTF-8")
}

#[tokio::test]
async fn an_export_is_the_opening_stock_field_by_field_and_importing_it_changes_nothing() {
    let shop = Cluster::start().await;
    let stock = fs::read_to_string(seed::opening_stock()).expect("the seed is in the repository");
    for name in ["catalogA", "catalogB"] {
        assert_eq!(rows(&export(&shop, name).await), rows(&stock));
    }
    let file = shop.paths().root().join("export.csv");
    let written = shop.command("catalog", &["export", "--name", "catalogA", &file.to_string_lossy()]).await;
    assert!(written.status.success(), "{written:?}");
    let exported = fs::read_to_string(&file).expect("the file was written");
    assert_eq!(rows(&exported), rows(&stock));

    let imported = import(&shop, &exported, &[]).await;
    assert!(imported.status.success(), "{imported:?}");
    shop.agrees_within(Duration::from_secs(5)).await;
    assert_eq!(rows(&export(&shop, "catalogB").await), rows(&stock));
    shop.conserves(&seed::opening_units()).await;
}

#[tokio::test]
async fn an_import_brings_new_books_and_changed_ones_to_the_frontend() {
    let shop = Cluster::builder().stock(seed::books([(1, 5), (2, 5)])).start().await;
    let customer = shop.customer();
    assert_eq!(customer.looks_up(1).await.expect("it is there").count, 5);
    let csv = format!(
        "{}\n1,Title 1,Author 1,1900,en,topic 1,12.50,9\n2,\"Two, or \"\"three\"\"\",Müller; 李白,-44,la,öffentlich,0.05,0\n3,三,,,,new,7,2\n",
        seed::HEADER
    );
    let imported = import(&shop, &csv, &[]).await;
    assert!(imported.status.success(), "{imported:?}");
    awaits(Duration::from_secs(2), "the frontend shows what was imported", async || {
        let third = customer.looks_up(3).await.map_err(|answer| answer.to_string())?;
        let (first, second) = (customer.looks_up(1).await, customer.looks_up(2).await);
        let (first, second) = (first.expect("it is there"), second.expect("it is there"));
        let right = (third.title.as_str(), third.topic.as_str(), third.count) == ("三", "new", 2)
            && first.count == 9
            && (second.title.as_str(), second.topic.as_str(), second.count) == ("Two, or \"three\"", "öffentlich", 0)
            && second.cost.cents() == 5;
        if right { Ok(()) } else { Err(format!("{first:?} {second:?} {third:?}")) }
    })
    .await;
    assert_eq!(customer.searches("öffentlich").await.expect("found").len(), 1);
    shop.agrees_within(Duration::from_secs(5)).await;
    assert_eq!(rows(&export(&shop, "catalogB").await), rows(&csv));
    customer.buys(3, 2).await.expect("what came in is sold");
    customer.buys(3, 1).await.expect_err("no more came in").fails(404, "no longer present");
}

#[tokio::test]
async fn bad_rows_are_named_by_line_and_column_and_nothing_of_the_file_is_imported_unless_told_so() {
    let shop = Cluster::builder().stock(seed::books([(1, 5)])).start().await;
    let before = export(&shop, "catalogA").await;
    let csv = format!(
        "{}\n10,Good,,,,new,7,2\n11,Price,,,,new,abc,2\n12,Units,,,,new,7,-1\nx,Id,,,,new,7,1\n13,Year,,long ago,,new,7,1\n14,,,,,new,7,1\n15,Short\n16,Good too,,,,new,7,3\n10,Twice,,,,new,7,2\n",
        seed::HEADER
    );
    let refused = import(&shop, &csv, &[]).await;
    assert!(!refused.status.success(), "{refused:?}");
    let told = said(&refused);
    for (line, column) in [(3, "price"), (4, "units"), (5, "id"), (6, "year"), (7, "title"), (8, ""), (10, "id")] {
        let named = told.lines().any(|row| row.contains(&format!("line {line}")) && row.contains(column));
        assert!(named, "line {line}, column {column}: {told}");
    }
    assert_eq!(export(&shop, "catalogA").await, before);

    let skipped = import(&shop, &csv, &["--skip-bad"]).await;
    assert!(skipped.status.success(), "{skipped:?}");
    let ids: Vec<String> = rows(&export(&shop, "catalogA").await).into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(ids, ["1", "10", "16"]);
}

#[tokio::test]
async fn a_file_that_is_no_list_of_books_is_refused_and_changes_nothing() {
    let shop = Cluster::builder().stock(seed::books([(1, 5)])).start().await;
    let before = export(&shop, "catalogA").await;
    for text in ["", "id,title\n1,x\n", "no,such,columns\n1,2,3\n", "\u{1}\u{2}", &before.replace("units", "unitz")] {
        let refused = import(&shop, text, &[]).await;
        assert!(!refused.status.success(), "{text:?}: {refused:?}");
        assert!(!said(&refused).is_empty());
    }
    let missing = shop.command("catalog", &["import", "/no/such/file.csv"]).await;
    assert!(!missing.status.success() && said(&missing).contains("/no/such/file.csv"), "{missing:?}");
    assert_eq!(export(&shop, "catalogA").await, before);
}

/// The columns of the row with this title: id, price, units, ISBN, topic.
async fn titled(shop: &Cluster, title: &str) -> Vec<[String; 5]> {
    let rows = rows(&export(shop, "catalogA").await);
    let found = rows.into_iter().filter(|row| row[1] == title);
    found.map(|row| [0, 6, 7, 8, 5].map(|column| row[column].clone())).collect()
}

#[tokio::test]
async fn books_without_an_id_are_found_again_by_their_isbn_and_new_ones_get_the_next_ids() {
    let shop = Cluster::builder().stock(seed::books([(7, 5)])).start().await;
    let csv = "title,topic,price,isbn,units\nOne,fiction / crime,12.50,978-0-306-40615-7,2\nTwo,poetry,8,080442957X,\n";
    let imported = import(&shop, csv, &[]).await;
    assert!(said(&imported).contains("2 books added, 0 changed"), "{imported:?}");
    let one =
        |price: &str, units: &str| vec![["8", price, units, "9780306406157", "fiction / crime"].map(str::to_owned)];
    assert_eq!(titled(&shop, "One").await, one("12.50", "2"));
    assert_eq!(titled(&shop, "Two").await, [["9", "8.00", "0", "9780804429573", "poetry"].map(str::to_owned)]);

    let again = import(&shop, &csv.replace("12.50", "13"), &[]).await;
    assert!(said(&again).contains("0 books added, 1 changed, 0 counted"), "{again:?}");
    assert_eq!(titled(&shop, "One").await, one("13.00", "2"));

    let theirs = "EAN;Titel;Preis;Regal;Gruppe\n0306406152;One;14,50;7b;fiction / crime\n";
    let mapped = import(&shop, theirs, &["--map", "isbn=EAN,title=Titel,price=Preis,topic=Gruppe"]).await;
    assert!(said(&mapped).contains("0 books added, 1 changed, 0 counted"), "{mapped:?}");
    assert_eq!(titled(&shop, "One").await, one("14.50", "2"));
    shop.agrees_within(Duration::from_secs(5)).await;
    for name in ["catalogA", "catalogB"] {
        let checked = shop.command("catalog", &["check", "--name", name]).await;
        assert!(checked.status.success(), "{checked:?}");
    }
}

#[tokio::test]
async fn an_onix_message_updates_the_books_that_it_names_and_a_bad_record_of_it_is_named() {
    let shop = Cluster::builder().stock(seed::books([(1, 5)])).start().await;
    let made = shop.command("catalog", &["generate", "30", "--seed", "9", "--onix"]).await;
    let onix = String::from_utf8(made.stdout).expect("ONIX is UTF-8");
    let imported = import(&shop, &onix, &[]).await;
    assert!(said(&imported).contains("30 books added"), "{imported:?}");
    let made = shop.command("catalog", &["generate", "30", "--seed", "9"]).await;
    let same = import(&shop, &String::from_utf8(made.stdout).expect("CSV is UTF-8"), &[]).await;
    assert!(said(&same).contains("0 books added, 0 changed, 0 counted"), "{same:?}");

    let before = export(&shop, "catalogA").await;
    let wrong = onix.replacen("<IDValue>97990000001", "<IDValue>97990000002", 1);
    assert_ne!(wrong, onix);
    let refused = import(&shop, &wrong, &[]).await;
    assert!(!refused.status.success() && said(&refused).contains("(bookend."), "{refused:?}");
    let (half, _) = onix.match_indices("<Price>").nth(15).expect("a price");
    let cut = import(&shop, &onix[..half], &["--skip-bad"]).await;
    assert!(said(&cut).contains("cut off"), "{cut:?}");
    assert_eq!(export(&shop, "catalogA").await, before);
    shop.agrees_within(Duration::from_secs(5)).await;
}
