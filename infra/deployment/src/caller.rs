//! Which function makes a call to an AWS service: the access key id of its signature. At AWS it
//! leads to the function's role; here every instance of a function has an id of its own, which is
//! the function's name, a point, and a number.

/// The access key id of those who are no part of the deployment: the local cloud itself, its
/// simulators, developers' commands and the tests' own clients. They may do anything.
pub const ADMINISTRATOR: &str = "local";

/// Who makes a call without a signature. Nobody may.
pub const ANONYMOUS: &str = "anonymous";

/// The access key id in an `Authorization` header of Signature Version 4; none without one.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
pub fn access_key_id(authorization: &str) -> Option<&str> {
    let (_, credential) = authorization.split_once("Credential=")?;
    let (id, _) = credential.split_once('/')?;
    Some(id)
}

/// Who signed a call with this `Authorization` header: a function, whichever of its instances it
/// was, or another access key id; [`ANONYMOUS`] without a signature.
pub fn caller(authorization: Option<&str>) -> &str {
    let id = authorization.and_then(access_key_id).unwrap_or(ANONYMOUS);
    match id.rsplit_once('.') {
        Some((function, instance)) if instance.parse::<u64>().is_ok() => function,
        _ => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_in_the_signature() {
        let signed = "AWS4-HMAC-SHA256 Credential=esim-worker/20261130/us-east-1/sqs/aws4_request, \
                      SignedHeaders=host;x-amz-date, Signature=0";
        assert_eq!(access_key_id(signed), Some("esim-worker"));
        assert_eq!(caller(Some(signed)), "esim-worker");
        assert_eq!(caller(Some(&signed.replace("worker/", "worker.17/"))), "esim-worker");
        for unsigned in ["", "Basic YTpi", "AWS4-HMAC-SHA256 Credential=esim-worker"] {
            assert_eq!(access_key_id(unsigned), None, "{unsigned}");
            assert_eq!(caller(Some(unsigned)), ANONYMOUS, "{unsigned}");
        }
        assert_eq!(caller(None), ANONYMOUS);
    }

    #[test]
    fn what_is_no_instance_of_a_function_keeps_its_whole_name() {
        for id in ["esim-worker.", "esim-worker.x", "esim-worker.1.x", "local.x", "AKIA.-1"] {
            let signed = format!("AWS4-HMAC-SHA256 Credential={id}/20261130/us-east-1/sqs/aws4");
            assert_eq!(caller(Some(&signed)), id);
        }
    }
}
