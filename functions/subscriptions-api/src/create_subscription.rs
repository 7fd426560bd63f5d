use domain::{
    provisioning::Operation,
    subscription::{NewSubscription, OdbProfile, SubscriptionId},
    violation::Violations,
};
use edge::{
    http::{ApiRequest, ApiResponse, Problem},
    json::{ObjectReader, parse_object},
};
use uuid::Uuid;

use crate::{SubscriptionsApi, change_subscription::odb_profile};

/// How often another order number is drawn.
const ATTEMPTS: usize = 4;

impl SubscriptionsApi {
    /// `POST /subscriptions`: a SIM, and perhaps a number, become a subscription.
    pub(crate) async fn create_subscription(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let wanted = read(&request.body)?;
        let tenant = request.identity()?.tenant.clone();
        let once = request.once()?;
        // Both are kept for every attempt: an attempt whose answer was lost is not made twice.
        let id = SubscriptionId(Uuid::now_v7());
        for _ in 0..ATTEMPTS {
            let number = self.draw();
            let subscription = wanted.clone().into_subscription(id, tenant.clone(), number);
            let order = self.order(request, &subscription, number, Operation::Create);
            if let Some(answer) = self.attempt(&order, &subscription, once.as_ref()).await? {
                return Ok(answer);
            }
        }
        Err(Problem::Unavailable { retry_after_seconds: 1, cause: None })
    }
}

fn read(body: &[u8]) -> Result<NewSubscription, Violations> {
    let members = parse_object(body)?;
    let mut violations = Violations::new();
    let mut reader = ObjectReader::new(&members, &mut violations);
    let iccid = reader.required("iccid", |value| value.parse());
    let msisdn = reader.optional("msisdn", |value| value.parse());
    let imsi = reader.optional("imsi", |value| value.parse());
    let profile: Option<OdbProfile> = reader.optional("odb-profile", odb_profile);
    reader.deny_unknown();
    match iccid {
        Some(iccid) if violations.is_empty() => {
            Ok(NewSubscription { iccid, msisdn, imsi, odb_profile: profile.unwrap_or_default() })
        }
        _ => Err(violations),
    }
}
