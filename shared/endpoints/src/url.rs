use std::str::FromStr;

use domain::{text::Described, webhook::EndpointUrl};
use webhooks::{Target, TargetError};

/// The URL of an endpoint that may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalledUrl(pub EndpointUrl);

impl FromStr for CalledUrl {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Target::parse(text)?;
        text.parse().map(Self).map_err(|_| TargetError::NotAUrl)
    }
}

impl Described for CalledUrl {
    const PATTERN: &'static str = "^https://[!-\"$-~]+$";
    const LENGTH: (usize, usize) = (9, 2048);
    const FORMAT: Option<&'static str> = Some("uri");
    const BEYOND: Option<&'static str> = Some("Every address of the host is public.");
    const EXAMPLE: &'static str = EndpointUrl::EXAMPLE;
}
