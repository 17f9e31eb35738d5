//! What a model must do: `frr<=0.05@fah<=0.5`.

use std::fmt;
use std::str::FromStr;

use super::clips::ClipFigures;
use super::figures::OperatingPoint;

/// Something that a model must do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Requirement {
    /// At most this false-reject rate at a threshold with at most so many false alarms per hour.
    Rejects { condition: Option<String>, false_reject_rate: f64, false_alarms_per_hour: f64 },
    /// At least this accuracy of keyword clips.
    Accuracy(f64),
}

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected frr<=RATE@fah<=RATE, CONDITION:frr<=RATE@fah<=RATE or accuracy>=RATE, found {text:?}"
            )
        };
        let number = |text: &str| {
            let number =
                text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
            number.ok_or_else(expected)
        };
        if let Some(rate) = text.strip_prefix("accuracy>=") {
            return Ok(Self::Accuracy(number(rate)?));
        }
        let (condition, rates) = match text.rsplit_once(':') {
            Some((condition, rates)) => (Some(condition.trim().to_owned()), rates),
            None => (None, text),
        };
        let (rejects, alarms) = rates.split_once('@').ok_or_else(expected)?;
        let rejects = rejects.trim().strip_prefix("frr<=").ok_or_else(expected)?;
        let alarms = alarms.trim().strip_prefix("fah<=").ok_or_else(expected)?;
        Ok(Self::Rejects {
            condition,
            false_reject_rate: number(rejects)?,
            false_alarms_per_hour: number(alarms)?,
        })
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejects { condition, false_reject_rate, false_alarms_per_hour } => {
                if let Some(condition) = condition {
                    write!(f, "{condition}: ")?;
                }
                write!(f, "frr<={false_reject_rate}@fah<={false_alarms_per_hour}")
            }
            Self::Accuracy(rate) => write!(f, "accuracy>={rate}"),
        }
    }
}

impl Requirement {
    /// Why the requirement is broken; `None` if it is met. `points` are all that were measured: the model's own thresholds
    /// and every common one.
    pub(crate) fn broken(&self, clips: Option<&ClipFigures>, points: &[&OperatingPoint]) -> Option<String> {
        match self {
            Self::Accuracy(least) => match clips {
                None => Some("no clips were judged".into()),
                Some(clips) if clips.keywords.rate >= *least => None,
                Some(clips) => Some(format!("{:.4} of the keyword clips are right", clips.keywords.rate)),
            },
            Self::Rejects { condition, false_reject_rate, false_alarms_per_hour } => {
                let Some(first) = points.first() else {
                    return Some("no stream was judged: give --negatives".into());
                };
                let names: Vec<&str> = first.conditions.iter().map(|c| c.condition.as_str()).collect();
                let index = match condition {
                    None => 0,
                    Some(wanted) => match names.iter().position(|name| name == wanted) {
                        Some(index) => index,
                        None => return Some(format!("no such condition; there are: {}", names.join(", "))),
                    },
                };
                let kept = points.iter().filter(|p| p.false_alarms.per_hour <= *false_alarms_per_hour);
                let best = kept.map(|p| p.conditions[index].missed.rate).min_by(f64::total_cmp);
                match best {
                    None => Some(format!(
                        "no threshold has at most {false_alarms_per_hour} false alarms per hour"
                    )),
                    Some(best) if best <= *false_reject_rate => None,
                    Some(best) => Some(format!("{best:.4} missed at best")),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::judge::tests::judge;

    fn read(text: &str) -> Requirement {
        text.parse().unwrap()
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in ["frr<=0.05@fah<=0.5", "10 dB SNR: frr<=0.12@fah<=1", "accuracy>=0.94"] {
            assert_eq!(read(text).to_string(), text);
        }
        for broken in ["frr<0.05@fah<=0.5", "frr<=0.05", "fah<=0.5", "frr<=-1@fah<=0.5", "accuracy>=nan", ""]
        {
            assert!(broken.parse::<Requirement>().unwrap_err().contains("expected frr<="), "{broken}");
        }
    }

    #[test]
    fn it_is_met_by_one_threshold_or_broken() {
        let keywords = [[0.9, 0.0], [0.0, 0.7], [0.5, 0.0], [0.0, 0.8]];
        let judge = judge(keywords, [[0.6, 0.1], [0.2, 0.0], [0.0, 0.4], [0.0, 0.0]]);
        let sweep = judge.sweep(None);
        let points: Vec<&OperatingPoint> = sweep.iter().collect();
        let broken = |text| read(text).broken(None, &points);
        assert_eq!(broken("frr<=0.25@fah<=0"), None);
        assert_eq!(broken("clean: frr<=0@fah<=1"), None);
        assert_eq!(broken("frr<=0.2@fah<=0").unwrap(), "0.2500 missed at best");
        assert!(broken("10 dB SNR: frr<=1@fah<=9").unwrap().ends_with("there are: clean"));
        assert!(broken("accuracy>=0.5").unwrap().contains("no clips"));
        assert!(read("frr<=1@fah<=1").broken(None, &[]).unwrap().contains("--negatives"));
    }
}
