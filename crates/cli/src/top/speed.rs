//! How fast a trace is replayed.

use std::{fmt, str::FromStr};

/// The speeds that keys choose from.
const STEPS: [f64; 10] = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// How much faster than the program ran.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Speed {
    /// So many times as fast.
    Times(f64),
    /// As fast as it can be read.
    Max,
}

impl Speed {
    /// The next higher one.
    pub fn faster(self) -> Self {
        let Self::Times(times) = self else { return Self::Max };
        STEPS.into_iter().find(|step| *step > times).map_or(Self::Max, Self::Times)
    }

    /// The next lower one, if there is any.
    pub fn slower(self) -> Self {
        let times = match self {
            Self::Times(times) => times,
            Self::Max => f64::INFINITY,
        };
        STEPS.into_iter().rfind(|step| *step < times).map_or(self, Self::Times)
    }
}

impl FromStr for Speed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let times = text.parse().ok().filter(|times: &f64| times.is_finite() && *times > 0.0);
        times.map(Self::Times).ok_or("a number above 0 is expected, such as 1, 10 or 0.5, or max")
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "x{times}"),
            Self::Max => f.write_str("at full speed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_numbers_or_the_highest() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("0.5".parse(), Ok(Speed::Times(0.5)));
        for wrong in ["", "0", "-1", "fast", "inf", "NaN"] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_go_from_step_to_step() {
        assert_eq!(Speed::Times(1.0).faster(), Speed::Times(2.0));
        assert_eq!(Speed::Times(3.0).faster(), Speed::Times(5.0));
        assert_eq!(Speed::Times(100.0).faster(), Speed::Max);
        assert_eq!(Speed::Max.faster(), Speed::Max);
        assert_eq!(Speed::Max.slower(), Speed::Times(100.0));
        assert_eq!(Speed::Times(3.0).slower(), Speed::Times(2.0));
        assert_eq!(Speed::Times(0.1).slower(), Speed::Times(0.1));
    }
}
