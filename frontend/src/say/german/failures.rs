//! What the shop says in German where something is not possible: what happened, and what can be done now.

use crate::say::{Failures, Wrong};

/// A title and some help for each of them.
pub(super) const FAILURES: Failures = Failures {
    incomplete: (
        "Das kam nicht ganz an",
        "In der Anfrage fehlte etwas. Meist hilft es, zurückzugehen und es noch einmal zu versuchen.",
    ),
    not_of_list: (
        "Bitte beginnen Sie auf der Liste",
        "Zu Ihrer Sicherheit wird eine Liste nur mit einem Formular dieses Ladens geschrieben, das Sie geöffnet haben.",
    ),
    not_of_page: (
        "Bitte beginnen Sie auf einer Seite des Ladens",
        "Zu Ihrer Sicherheit zählt ein Formular nur, wenn Sie es auf einer Seite dieses Ladens begonnen haben.",
    ),
    no_carts: (
        "Nicht in diesem Laden",
        "Dieser Laden hat keine Warenkörbe, keine Listen und keine Konten: Hier kauft man ein Buch nach dem anderen, mit „Jetzt kaufen“ auf seiner Seite.",
    ),
    no_order: (
        "Hier ist keine Bestellung",
        "Sehen Sie nach, ob der ganze Link kopiert wurde. Der Link einer Bestellung ist lang, denn er ist ein Geheimnis.",
    ),
    no_list: (
        "Hier ist keine Liste",
        "Sehen Sie nach, ob der ganze Link kopiert wurde. Der Link einer Liste ist lang, denn er ist ein Geheimnis.",
    ),
    not_here: (
        "Nicht in unseren Regalen",
        "Vielleicht ist die Seite umgezogen, oder im Link ist ein Tippfehler. Das Suchfeld oben kennt jedes Buch, das wir haben.",
    ),
    not_like_that: ("So nicht", "Diese Adresse nimmt solche Anfragen nicht an."),
    gone: ("Für immer fort", "Was hier war, wurde mit Absicht weggenommen."),
    too_large: ("Zu viel auf einmal", "Was gesendet wurde, ist größer, als dieser Laden annimmt."),
    other_form: ("Nicht in dieser Form", "Was gesendet wurde, ist von einer Art, die diese Seite nicht liest."),
    wrong: ("Das geht nicht auf", "Einer der Werte kann nicht stimmen."),
    slower: ("Etwas langsamer, bitte", "Das wurde in kurzer Zeit sehr oft versucht. Es ist nichts geschehen."),
    no_catalog: (
        "Die Regale sind nicht zu erreichen",
        "Unser Katalog antwortet gerade nicht. Meist ist er in Sekunden wieder da: Laden Sie diese Seite neu.",
    ),
    orders_out_of_reach: (
        "Die Bestellungen sind nicht zu erreichen",
        "Die Bestellannahmen antworten gerade nicht. Ihre Bestellungen sind sicher; versuchen Sie es gleich noch einmal.",
    ),
    list_unsure: (
        "Es kam keine Antwort zur rechten Zeit",
        "Vielleicht steht Ihre Änderung trotzdem auf der Liste: Sehen Sie nach, bevor Sie es noch einmal versuchen.",
    ),
    lists_out_of_reach: (
        "Die Listen sind nicht zu erreichen",
        "Die Listen antworten gerade nicht, und nichts wurde geändert. Was auf Ihrem Gerät ist, ist sicher; laden Sie diese Seite gleich noch einmal.",
    ),
    copy_out_of_reach: (
        "Dieses Exemplar ist nicht zu erreichen",
        "Der Katalog, der das letzte davon hat, antwortet gerade nicht. Es wurde nichts gekauft; meist ist er in Sekunden wieder da.",
    ),
    carts_out_of_reach: (
        "Die Warenkörbe sind nicht zu erreichen",
        "Was in Ihrem Warenkorb liegt, ist sicher, und nichts wurde geändert. Die Regale sind offen wie immer, und „Jetzt kaufen“ auf der Seite eines Buches kauft ohne Warenkorb.",
    ),
    cart_unsure: (
        "Es kam keine Antwort zur rechten Zeit",
        "Vielleicht wurde die Änderung trotzdem gemacht. Sehen Sie in Ihren Warenkorb, bevor Sie sie noch einmal machen.",
    ),
    checkout_unsure: (
        "Das wissen wir noch nicht",
        "Vielleicht ist aus Ihrem Warenkorb eine Bestellung geworden, und niemand, der antwortet, weiß es. Verloren ist nichts: Fragen Sie noch einmal, dann sehen Sie diese Bestellung, oder sie wird jetzt aufgegeben.",
    ),
    accounts_out_of_reach: (
        "Die Konten sind nicht zu erreichen",
        "Es ist nichts geschehen. Der Laden ist offen wie immer: Zum Kaufen braucht niemand ein Konto.",
    ),
    order_unsure: (
        "Es kam keine Antwort zur rechten Zeit",
        "Vielleicht ist Ihre Bestellung trotzdem durchgegangen. Drücken Sie den Knopf, um es zu erfahren.",
    ),
    not_bought: (
        "Die Kasse macht Pause",
        "Umsehen können Sie sich weiter, und nichts, was Sie gewählt haben, ist verloren. Es wurde nichts gekauft.",
    ),
    paused: (
        "Die Kasse macht Pause",
        "Umsehen können Sie sich weiter, und nichts, was Sie gewählt haben, ist verloren.",
    ),
    broken: (
        "Hier ist etwas kaputtgegangen",
        "Das war unser Fehler, nicht Ihrer. Er ist vermerkt; vielleicht hilft es, es noch einmal zu versuchen.",
    ),
    lists_work: ["Ihre ", "Listen", " sind da wie immer."],
    buys_once: "Noch einmal zu versuchen ist sicher: Es wird einmal gekauft, was auch geschehen ist.",
    nothing_changed: "Noch wurde nichts geändert.",
    back: "Dorthin zurück, wo Sie waren",
    back_to_list: "Zurück zur Liste",
    back_to_lists: "Zurück zu den Listen",
    report: ["Wenn Sie das melden, nennen Sie ", "."],
};

/// What is wrong with which part of a form or an address.
pub(super) const WRONG: Wrong = Wrong {
    token: "Dieses Formular gehört nicht zu Ihrer Sitzung, darum wurde nichts gekauft und nichts geändert. Vielleicht sind Cookies abgeschaltet, oder die Seite ist von einem anderen Tag: Öffnen Sie sie neu und versuchen Sie es dort.",
    read_only: "Mit diesem Link kann die Liste nur gelesen werden.",
    topic: "Zu diesem Thema haben wir keine Bücher.",
    book: "Ein Buch mit dieser Nummer gibt es nicht.",
    copies: "Die Zahl der Exemplare: eine ganze Zahl von 1 bis 100.",
    key: "Dem Formular fehlt sein Schlüssel: Öffnen Sie seine Seite neu und drücken Sie dort den Knopf.",
    form: "Das Formular ist nicht vollständig: Öffnen Sie seine Seite neu und versuchen Sie es dort.",
    query: "Das ist eine sehr lange Suche: Versuchen Sie es mit ein paar Worten daraus.",
    cursor: "Der Link führt an keine Stelle dieser Liste: Beginnen Sie auf ihrer ersten Seite.",
    price: "Ein Preis ist eine Zahl wie 12.50, und der höchste liegt nicht unter dem niedrigsten.",
    basket: "Mit diesem Formular wurde schon etwas anderes bestellt: Öffnen Sie seine Seite neu.",
    line: "Eine Zeile ist die Nummer oder der Titel eines Buches, oder ein paar Worte: höchstens 120 Zeichen.",
    name: "Ein Name hat höchstens 80 Zeichen.",
    by: "Ihr Name hat hier höchstens 40 Zeichen.",
    note: "Eine Notiz hat höchstens 300 Zeichen.",
    kind: "Eine Liste ist eine Wunschliste, eine Leseliste oder eine Geschenkliste.",
    not_there: "Das steht nicht mehr auf der Liste.",
    full: "Die Liste ist voll: Nehmen Sie erst etwas herunter.",
    link: "Das ist kein Link einer Liste dieses Ladens: Sehen Sie nach, ob alles kopiert wurde.",
};
