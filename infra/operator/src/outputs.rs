//! The outputs of a stack, as `sam list stack-outputs` and `aws cloudformation describe-stacks`
//! print them.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::{error::CommandError, input};

/// The outputs of a stack, by name.
#[derive(Debug, Clone, Default)]
pub struct Outputs(BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    output_key: String,
    output_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Stack {
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Printed {
    Listed(Vec<Output>),
    Described {
        #[serde(rename = "Stacks")]
        stacks: Vec<Stack>,
    },
}

impl Outputs {
    /// Reads the file, or standard input for `-`.
    ///
    /// # Errors
    /// It cannot be read, or has not the outputs of one stack.
    pub fn read(file: &Path) -> Result<Self, CommandError> {
        let unreadable = |why: String| CommandError::OutputsFile { file: file.to_owned(), why };
        let text = input::text(file).map_err(|error| unreadable(error.to_string()))?;
        let printed = serde_json::from_str(&text);
        let printed = printed.map_err(|_| unreadable("these are no outputs of a stack".into()))?;
        let outputs = match printed {
            Printed::Listed(outputs) => outputs,
            Printed::Described { mut stacks } => match (stacks.pop(), stacks.is_empty()) {
                (Some(stack), true) => stack.outputs,
                _ => return Err(unreadable("these are not the outputs of one stack".into())),
            },
        };
        let pairs = outputs.into_iter().map(|output| (output.output_key, output.output_value));
        Ok(Self::of_pairs(pairs))
    }

    /// Of names and values.
    pub(crate) fn of_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The output that has the value of a variable: `OrdersTableName` for `ORDERS_TABLE_NAME`.
    pub fn of(&self, variable: &str) -> Option<&str> {
        let mut name = String::new();
        for word in variable.split('_') {
            let (first, rest) = word.split_at(word.len().min(1));
            name.push_str(first);
            name.push_str(&rest.to_ascii_lowercase());
        }
        self.0.get(&name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Outputs, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Outputs::read(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_sam_and_what_aws_print_is_read() {
        let outputs =
            r#"[{"OutputKey": "EventsQueueUrl", "OutputValue": "u", "Description": "d"}]"#;
        let described = format!(r#"{{"Stacks": [{{"StackName": "s", "Outputs": {outputs}}}]}}"#);
        for text in [outputs, &described] {
            let outputs = read(text).unwrap();
            assert_eq!(outputs.of("EVENTS_QUEUE_URL"), Some("u"));
            assert_eq!(outputs.of("EVENTS_DEAD_LETTER_QUEUE_URL"), None);
            assert_eq!(outputs.of(""), None);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let two = r#"{"Stacks": [{"Outputs": []}, {"Outputs": []}]}"#;
        for text in ["", "{}", "[1]", r#"{"Stacks": []}"#, two, r#"{"Stacks": [{}]}"#] {
            let refused = read(text).unwrap_err();
            assert!(refused.starts_with("cannot read the outputs in "), "{text}: {refused}");
        }
    }
}
