//! A keyboard, and where it has the focus. Whoever has no mouse sees where they are, gets everywhere, and away again.

use super::Browser;
use serde_json::{Value, json};

/// More presses than any page has places to stop at.
const MOST_PRESSES: usize = 400;

/// What has the focus, and whether that can be seen; null where it is the page as a whole. It has a rim around it, and some of
/// it lies in the window with nothing above it: browsers do not always scroll to show all of it.
const FOCUS: &str = "
    const at = document.activeElement;
    if (!at || at === document.body || at === document.documentElement) return null;
    const { outlineStyle, outlineWidth } = getComputedStyle(at);
    const shows = (line) => {
        const [left, top] = [Math.max(line.left, 0), Math.max(line.top, 0)];
        const [right, bottom] = [Math.min(line.right, innerWidth), Math.min(line.bottom, innerHeight)];
        if (right - left < 1 || bottom - top < 1) return false;
        const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        return above !== null && (at.contains(above) || above.contains(at));
    };
    return {
        what: at.cloneNode(false).outerHTML + (at.textContent ?? '').trim().slice(0, 40),
        place: [...document.querySelectorAll('*')].indexOf(at),
        rim: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1,
        inView: [...at.getClientRects()].some(shows),
    };";

/// A key that does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// To the next place.
    Tab,
    /// To the place before: Tab with Shift.
    TabBack,
    /// Follows a link, presses a button, sends a form.
    Enter,
    /// Presses a button, ticks a box.
    Space,
    /// To the next choice.
    Down,
}

/// What has the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Focus {
    /// It as it is written, with the beginning of its text.
    pub what: String,
    /// The how manyth of all elements it is.
    pub place: u64,
}

impl Browser<'_> {
    /// Presses a key.
    pub async fn presses(&self, key: Key) {
        let down = |value: &str| json!({"type": "keyDown", "value": value});
        let up = |value: &str| json!({"type": "keyUp", "value": value});
        let actions = match key {
            Key::Tab => json!([down("\u{e004}"), up("\u{e004}")]),
            Key::TabBack => json!([down("\u{e008}"), down("\u{e004}"), up("\u{e004}"), up("\u{e008}")]),
            Key::Enter => json!([down("\u{e007}"), up("\u{e007}")]),
            Key::Space => json!([down(" "), up(" ")]),
            Key::Down => json!([down("\u{e015}"), up("\u{e015}")]),
        };
        self.keyboard(actions).await;
    }

    /// Types a text to whatever has the focus. A field that was come to by Tab is marked, and so loses what it had.
    pub async fn writes(&self, text: &str) {
        let letters = text.chars().flat_map(|letter| ["keyDown", "keyUp"].map(|what| (what, letter.to_string())));
        self.keyboard(letters.map(|(what, letter)| json!({"type": what, "value": letter})).collect()).await;
    }

    async fn keyboard(&self, actions: Value) {
        self.post("/actions", json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})).await;
    }

    /// What has the focus; `None` where it is the page as a whole.
    ///
    /// # Panics
    /// When it can't be seen that it has.
    pub async fn focus(&self) -> Option<Focus> {
        let said = self.at_once(FOCUS, &[]).await;
        if said.is_null() {
            return None;
        }
        assert!(
            said["rim"] == true && said["inView"] == true,
            "the focus can't be seen at {}: {said}",
            self.address().await
        );
        let what = said["what"].as_str().unwrap_or_default().to_owned();
        Some(Focus { what, place: said["place"].as_u64().unwrap_or_default() })
    }

    /// Whether this has the focus.
    pub async fn is_at(&self, selector: &str) -> bool {
        let asks = "return document.activeElement !== null && document.activeElement.matches(arguments[0])";
        self.at_once(asks, &[json!(selector)]).await == true
    }

    /// Waits until the first element that fits has the focus, and it can be seen.
    pub async fn has_focus(&self, selector: &str) {
        crate::awaits(super::SHOWN_WITHIN, &format!("{selector} has the focus"), async || {
            if self.is_at(selector).await { Ok(()) } else { Err(self.address().await) }
        })
        .await;
        self.focus().await;
    }

    /// Goes by Tab to the first element that fits, forwards or, where it is behind, backwards. Wherever the focus stops on the
    /// way, it must be seen that it does.
    ///
    /// # Panics
    /// When it does not come there.
    pub async fn walks_to(&self, selector: &str) {
        let Some(key) = self.way_to(selector).await else { return };
        let mut stops = Vec::new();
        for _ in 0..MOST_PRESSES {
            self.presses(key).await;
            let Some(focus) = self.focus().await else { break };
            if self.is_at(selector).await {
                return;
            }
            stops.push(focus.what);
        }
        panic!("{key:?} does not lead to {selector} at {}, only to\n  {}", self.address().await, stops.join("\n  "));
    }

    /// Which key leads to the first element that fits, as soon as there is one; none where that has the focus.
    async fn way_to(&self, selector: &str) -> Option<Key> {
        let asks = "
            const to = document.querySelector(arguments[0]);
            const at = document.activeElement ?? document.body;
            return to && { there: to === at, behind: Boolean(at.compareDocumentPosition(to) & Node.DOCUMENT_POSITION_PRECEDING) };";
        let said = crate::awaits(super::SHOWN_WITHIN, &format!("{selector} is there"), async || {
            let said = self.at_once(asks, &[json!(selector)]).await;
            if said.is_null() { Err(self.address().await) } else { Ok(said) }
        })
        .await;
        let key = if said["behind"] == true { Key::TabBack } else { Key::Tab };
        (said["there"] != true).then_some(key)
    }

    /// Presses a key that sends a form or follows a link, and waits for the page that comes of it.
    pub async fn sends(&self, key: Key) {
        self.comes_anew(async || self.presses(key).await).await;
    }

    /// All places where `key` stops, from where the focus is, until it has left the page.
    ///
    /// # Panics
    /// When it does not leave it, or it can't be seen where it is.
    pub async fn stops(&self, key: Key) -> Vec<Focus> {
        let begin = self.focus().await;
        let mut stops: Vec<Focus> = Vec::new();
        loop {
            self.presses(key).await;
            let Some(focus) = self.focus().await else { break };
            // A browser that shows nothing but the page begins again at its other end.
            if begin.as_ref().or(stops.first()) == Some(&focus) {
                break;
            }
            let caught = stops.len() > MOST_PRESSES || stops.last() == Some(&focus);
            assert!(!caught, "{key:?} is caught at {}: {focus:?}", self.address().await);
            stops.push(focus);
        }
        self.returns().await;
        stops
    }
}
