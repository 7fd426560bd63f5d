//! Intrinsic functions, resolved for one place.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::{Map, Value};

use super::{LOCAL_SECRET, Place, Template, TemplateError};

/// Resolves values of one template.
pub(super) struct Resolver<'a> {
    template: &'a Template,
    place: &'a Place,
}

/// A scalar as CloudFormation writes it into text.
pub(super) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn new(template: &'a Template, place: &'a Place) -> Self {
        Self { template, place }
    }

    pub(super) fn place(&self) -> &Place {
        self.place
    }

    /// The resources whose condition holds, with logical id and type.
    pub(super) fn resources(&self) -> Result<Vec<(&'a str, &'a str, &'a Value)>, TemplateError> {
        let mut kept = Vec::new();
        for (id, resource) in &self.template.resources {
            let holds = match resource.get("Condition").and_then(Value::as_str) {
                Some(name) => self.named_condition(name)?,
                None => true,
            };
            if holds {
                let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
                kept.push((id.as_str(), kind, resource));
            }
        }
        Ok(kept)
    }

    /// `Globals.<kind>`, unresolved.
    pub(super) fn globals(&self, kind: &str) -> Option<&'a Map<String, Value>> {
        self.template.globals.get(kind).and_then(Value::as_object)
    }

    /// Resolves a value; `None` when it is `AWS::NoValue`.
    pub(super) fn resolve(&self, value: &Value) -> Result<Option<Value>, TemplateError> {
        match value {
            Value::Object(map) => match single(map) {
                Some((name, argument)) if is_intrinsic(name) => self.intrinsic(name, argument),
                _ => {
                    let mut resolved = Map::new();
                    for (key, value) in map {
                        if let Some(value) = self.resolve(value)? {
                            resolved.insert(key.clone(), value);
                        }
                    }
                    Ok(Some(Value::Object(resolved)))
                }
            },
            Value::Array(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|i| self.resolve(i)).collect();
                Ok(Some(Value::Array(items?.into_iter().flatten().collect())))
            }
            Value::String(text) => Ok(Some(Value::String(with_secrets(text)))),
            other => Ok(Some(other.clone())),
        }
    }

    /// Resolves a value that must be a scalar, as text.
    pub(super) fn text(&self, value: &Value) -> Result<Option<String>, TemplateError> {
        Ok(self.resolve(value)?.as_ref().and_then(scalar_text))
    }

    fn required_text(&self, value: &Value) -> Result<String, TemplateError> {
        self.text(value)?.ok_or(TemplateError::Shape("an intrinsic needs text"))
    }

    fn intrinsic(&self, name: &str, argument: &Value) -> Result<Option<Value>, TemplateError> {
        let text = match name {
            "Ref" => match self.reference(argument.as_str().unwrap_or_default())? {
                Some(text) => text,
                None => return Ok(None),
            },
            "Fn::GetAtt" => {
                let resource = argument.get(0).and_then(Value::as_str).unwrap_or_default();
                let attribute = argument.get(1).and_then(Value::as_str).unwrap_or_default();
                self.attribute(resource, attribute)?
            }
            "Fn::Sub" => self.substitute(argument)?,
            "Fn::Join" => {
                let [delimiter, items] = pair(argument, "Fn::Join")?;
                let items = self.resolve(items)?.unwrap_or_default();
                let items: Vec<String> =
                    items.as_array().into_iter().flatten().filter_map(scalar_text).collect();
                items.join(delimiter.as_str().unwrap_or_default())
            }
            "Fn::Split" => {
                let [delimiter, text] = pair(argument, "Fn::Split")?;
                let text = self.required_text(text)?;
                let parts = text.split(delimiter.as_str().unwrap_or_default());
                return Ok(Some(parts.map(|part| Value::String(part.to_owned())).collect()));
            }
            "Fn::Select" => {
                let [index, items] = pair(argument, "Fn::Select")?;
                let index: usize = self.required_text(index)?.parse().unwrap_or(usize::MAX);
                let items = self.resolve(items)?.unwrap_or_default();
                return Ok(items.get(index).cloned());
            }
            "Fn::If" => {
                let (Some(condition), Some(yes), Some(no)) =
                    (argument.get(0), argument.get(1), argument.get(2))
                else {
                    return Err(TemplateError::UnsupportedIntrinsic(name.to_owned()));
                };
                let holds = self.named_condition(condition.as_str().unwrap_or_default())?;
                return self.resolve(if holds { yes } else { no });
            }
            "Fn::FindInMap" => return self.find_in_map(argument),
            "Fn::Base64" => {
                base64::engine::general_purpose::STANDARD.encode(self.required_text(argument)?)
            }
            _ => return Err(TemplateError::UnsupportedIntrinsic(name.to_owned())),
        };
        Ok(Some(Value::String(with_secrets(&text))))
    }

    fn find_in_map(&self, argument: &Value) -> Result<Option<Value>, TemplateError> {
        let mut found = None;
        let mut level = &Value::Object(self.template.mappings.clone());
        for key in argument.as_array().into_iter().flatten() {
            let key = self.required_text(key)?;
            level = level.get(&key).ok_or(TemplateError::UnknownReference(key))?;
            found = Some(level);
        }
        found.map(|value| self.resolve(value)).transpose().map(Option::flatten)
    }

    fn substitute(&self, argument: &Value) -> Result<String, TemplateError> {
        let mut own = BTreeMap::new();
        let text = match argument {
            Value::String(text) => text.as_str(),
            _ => {
                let [text, variables] = pair(argument, "Fn::Sub")?;
                for (name, value) in variables.as_object().into_iter().flatten() {
                    own.insert(name.as_str(), self.required_text(value)?);
                }
                text.as_str().unwrap_or_default()
            }
        };
        let mut result = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, tail) = after
                .split_once('}')
                .ok_or(TemplateError::Shape("a substitution without its closing brace"))?;
            rest = tail;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = own.get(name) {
                result.push_str(value);
            } else if let Some((resource, attribute)) = name.split_once('.') {
                result.push_str(&self.attribute(resource, attribute)?);
            } else {
                result.push_str(&self.reference(name)?.unwrap_or_default());
            }
        }
        result.push_str(rest);
        Ok(result)
    }

    /// What `!Ref name` is; `None` for `AWS::NoValue`.
    fn reference(&self, name: &str) -> Result<Option<String>, TemplateError> {
        if let Some(value) = self.template.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        let Place { region, account, sqs_endpoint } = self.place;
        Ok(Some(match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::Region" => region.clone(),
            "AWS::AccountId" => account.clone(),
            "AWS::Partition" => "aws".to_owned(),
            "AWS::URLSuffix" => "amazonaws.com".to_owned(),
            "AWS::StackName" => "orderwire-local".to_owned(),
            "AWS::StackId" => format!("arn:aws:cloudformation:{region}:{account}:stack/local/0"),
            // SAM makes these two itself.
            "ServerlessHttpApi" | "ServerlessRestApi" => name.to_owned(),
            _ => match self.kind(name)? {
                "AWS::SQS::Queue" => {
                    format!("{sqs_endpoint}/{account}/{}", self.physical_name(name, "QueueName")?)
                }
                "AWS::DynamoDB::Table" => self.physical_name(name, "TableName")?,
                "AWS::Serverless::Function" => {
                    super::plan::binary_name(name, &self.template.resources[name])
                }
                "AWS::SecretsManager::Secret" => {
                    format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-local")
                }
                _ => name.to_owned(),
            },
        }))
    }

    fn attribute(&self, resource: &str, attribute: &str) -> Result<String, TemplateError> {
        let Place { region, account, .. } = self.place;
        let kind = self.kind(resource)?;
        Ok(match (kind, attribute) {
            ("AWS::SQS::Queue", "QueueName") => self.physical_name(resource, "QueueName")?,
            ("AWS::SQS::Queue", "Arn") => format!(
                "arn:aws:sqs:{region}:{account}:{}",
                self.physical_name(resource, "QueueName")?
            ),
            ("AWS::DynamoDB::Table", "Arn" | "StreamArn") => {
                let table = self.physical_name(resource, "TableName")?;
                let stream = if attribute == "Arn" { "" } else { "/stream/local" };
                format!("arn:aws:dynamodb:{region}:{account}:table/{table}{stream}")
            }
            ("AWS::Serverless::Function", "Arn") => format!(
                "arn:aws:lambda:{region}:{account}:function:{}",
                super::plan::binary_name(resource, &self.template.resources[resource])
            ),
            (_, "Arn") => format!("arn:aws:local:{region}:{account}:{resource}"),
            _ => format!("{resource}.{attribute}"),
        })
    }

    fn kind(&self, resource: &str) -> Result<&'a str, TemplateError> {
        match self.template.resources.get(resource) {
            Some(found) => Ok(found.get("Type").and_then(Value::as_str).unwrap_or_default()),
            None if resource.starts_with("Serverless") => Ok(""),
            None => Err(TemplateError::UnknownReference(resource.to_owned())),
        }
    }

    /// The name property when the template sets it, else the logical id.
    pub(super) fn physical_name(
        &self,
        resource: &str,
        property: &str,
    ) -> Result<String, TemplateError> {
        let declared = &self.template.resources[resource];
        match declared.get("Properties").and_then(|p| p.get(property)) {
            Some(value) => Ok(self.text(value)?.unwrap_or_else(|| resource.to_owned())),
            None => Ok(resource.to_owned()),
        }
    }

    fn named_condition(&self, name: &str) -> Result<bool, TemplateError> {
        let condition = self
            .template
            .conditions
            .get(name)
            .ok_or_else(|| TemplateError::UnknownReference(name.to_owned()))?;
        self.condition(condition)
    }

    fn condition(&self, condition: &Value) -> Result<bool, TemplateError> {
        let (name, argument) = condition
            .as_object()
            .and_then(single)
            .ok_or(TemplateError::Shape("a condition is one function"))?;
        let mut parts = argument.as_array().into_iter().flatten().map(|part| self.condition(part));
        Ok(match name {
            "Condition" => self.named_condition(argument.as_str().unwrap_or_default())?,
            "Fn::Equals" => {
                let [left, right] = pair(argument, name)?;
                self.text(left)? == self.text(right)?
            }
            "Fn::Not" => match parts.next() {
                Some(inner) => !inner?,
                None => return Err(TemplateError::UnsupportedIntrinsic(name.to_owned())),
            },
            "Fn::And" => parts.collect::<Result<Vec<_>, _>>()?.into_iter().all(|part| part),
            "Fn::Or" => parts.collect::<Result<Vec<_>, _>>()?.into_iter().any(|part| part),
            _ => return Err(TemplateError::UnsupportedIntrinsic(name.to_owned())),
        })
    }
}

fn single(map: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((name, argument)), None) => Some((name, argument)),
        _ => None,
    }
}

fn is_intrinsic(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

fn pair<'v>(argument: &'v Value, name: &str) -> Result<[&'v Value; 2], TemplateError> {
    match argument.as_array().map(Vec::as_slice) {
        Some([first, second]) => Ok([first, second]),
        _ => Err(TemplateError::UnsupportedIntrinsic(name.to_owned())),
    }
}

/// Replaces `{{resolve:secretsmanager:..}}` by the local secret.
fn with_secrets(text: &str) -> String {
    const OPENING: &str = "{{resolve:secretsmanager:";
    let mut result = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPENING) {
        let Some((_, tail)) = after.split_once("}}") else { break };
        result.push_str(before);
        result.push_str(LOCAL_SECRET);
        rest = tail;
    }
    result.push_str(rest);
    result
}
