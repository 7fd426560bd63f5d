//! The permissions of roles, as the template writes them out.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{TemplateError, intrinsics::Resolver, plan::binary_name};

/// One value, or each of a list: IAM lets both stand for a list.
fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// The statements of each role, references resolved: under the name of the function that has the
/// role, else under the role's own, in kebab case without `Role`. A function whose role SAM would
/// write has none.
pub(super) fn roles(
    resolver: &Resolver<'_>,
) -> Result<BTreeMap<String, Vec<Value>>, TemplateError> {
    let resources = resolver.resources()?;
    let of_kind = |kind| resources.iter().filter(move |(_, found, _)| *found == kind);
    let holders: BTreeMap<&str, String> = of_kind("AWS::Serverless::Function")
        .filter_map(|(id, _, function)| {
            let role = function.pointer("/Properties/Role/Fn::GetAtt/0")?.as_str()?;
            Some((role, binary_name(id, function)))
        })
        .collect();
    let mut policies = BTreeMap::new();
    for (id, _, policy) in of_kind("AWS::IAM::ManagedPolicy") {
        policies.insert(*id, statements(resolver, policy.get("Properties"))?);
    }
    let mut roles = BTreeMap::new();
    for (id, _, role) in of_kind("AWS::IAM::Role") {
        let properties = |name| role.get("Properties").and_then(|p| p.get(name));
        let mut all = Vec::new();
        for policy in properties("Policies").map(each).into_iter().flatten() {
            all.extend(statements(resolver, Some(policy))?);
        }
        let attached = properties("ManagedPolicyArns").map(|arns| resolver.resolve(arns));
        for arn in attached.transpose()?.flatten().iter().flat_map(each) {
            // The id of a policy of this template stands for its ARN.
            let known = arn.as_str().and_then(|arn| policies.get(arn));
            let missing = || TemplateError::UnknownReference(arn.to_string());
            all.extend(known.ok_or_else(missing)?.iter().cloned());
        }
        let name = match holders.get(id) {
            Some(function) => function.clone(),
            None => binary_name(id.strip_suffix("Role").unwrap_or(id), &Value::Null),
        };
        roles.insert(name, all);
    }
    Ok(roles)
}

fn statements(
    resolver: &Resolver<'_>,
    policy: Option<&Value>,
) -> Result<Vec<Value>, TemplateError> {
    let statements = policy.and_then(|policy| policy.pointer("/PolicyDocument/Statement"));
    let resolved = statements.map(|statements| resolver.resolve(statements)).transpose()?.flatten();
    Ok(resolved.iter().flat_map(each).cloned().collect())
}
