//! Which function makes a call to an AWS service: the access key id of its signature. At AWS it
//! leads to the function's role; here every instance of a function has an id of its own, which is
//! the function's name, a point, and a number.

/// The access key id of everyone who is no function: developers' commands, simulators, tests.
pub const ADMINISTRATOR: &str = "local";

/// The access key id in an `Authorization` header of Signature Version 4; none without one.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
pub fn access_key_id(authorization: &str) -> Option<&str> {
    let (_, credential) = authorization.split_once("Credential=")?;
    let (id, _) = credential.split_once('/')?;
    Some(id)
}

/// Who signed a call with this `Authorization` header: a function, whichever of its instances it
/// was, or another access key id.
pub fn caller(authorization: &str) -> Option<&str> {
    let id = access_key_id(authorization)?;
    Some(id.split_once('.').map_or(id, |(function, _)| function))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caller_is_in_the_signature() {
        let signed = "AWS4-HMAC-SHA256 Credential=esim-worker/20261130/us-east-1/sqs/aws4_request, \
                      SignedHeaders=host;x-amz-date, Signature=0";
        assert_eq!(access_key_id(signed), Some("esim-worker"));
        assert_eq!(caller(signed), Some("esim-worker"));
        assert_eq!(caller(&signed.replace("worker/", "worker.17/")), Some("esim-worker"));
        for unsigned in ["", "Basic YTpi", "AWS4-HMAC-SHA256 Credential=esim-worker"] {
            assert_eq!(access_key_id(unsigned), None, "{unsigned}");
        }
    }
}
