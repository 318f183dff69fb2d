//! What is said of a source, one thing at a time: the latest, as long as it matters.

use std::time::{Duration, Instant};

/// How long it is shown at least that something happened.
const NOTE: Duration = Duration::from_secs(5);

/// How long a source is silent before that is told.
const SILENCE: Duration = Duration::from_secs(5);

/// What was last said.
#[derive(Default)]
pub struct Message {
    said: Option<Said>,
}

struct Said {
    text: String,
    since: Instant,
    /// How long it is shown even if bytes come.
    stays: Duration,
}

impl Message {
    /// Something is the matter until bytes come.
    pub fn trouble(&mut self, text: String, since: Instant) {
        self.said = Some(Said { text, since, stays: Duration::ZERO });
    }

    /// Something happened.
    pub fn note(&mut self, text: String, since: Instant) {
        self.said = Some(Said { text, since, stays: NOTE });
    }

    /// What to show of a source that was last heard then. Silence is told only of one that may be silent.
    pub fn text(&mut self, heard: Instant, now: Instant, may_be_silent: bool) -> Option<String> {
        self.said.take_if(|said| said.since < heard && now.duration_since(said.since) >= said.stays);
        let silent = now.duration_since(heard);
        match &self.said {
            Some(said) => Some(said.text.clone()),
            None if may_be_silent && silent >= SILENCE => {
                Some(format!("nothing has come for {} s", silent.as_secs()))
            }
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_goes_when_bytes_come() {
        let (mut message, start) = (Message::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(message.text(at(0), at(4), true), None);
        assert_eq!(message.text(at(0), at(7), true).as_deref(), Some("nothing has come for 7 s"));
        assert_eq!(message.text(at(0), at(7), false), None);
        message.trouble("gone".into(), at(8));
        assert_eq!(message.text(at(0), at(60), true).as_deref(), Some("gone"));
        assert_eq!(message.text(at(61), at(61), true), None);
        message.note("damage".into(), at(62));
        assert_eq!(message.text(at(63), at(63), true).as_deref(), Some("damage"));
        assert_eq!(message.text(at(67), at(67), true), None);
    }
}
