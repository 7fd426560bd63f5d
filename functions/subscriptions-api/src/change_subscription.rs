use std::collections::BTreeSet;

use domain::{
    subscription::{
        Change, ChangeRequest, MAX_APN_IDS, MAX_TAGS, OdbProfile, SubscriptionState, Tag,
    },
    violation::Violations,
};
use edge::{
    http::{ApiRequest, ApiResponse, Problem},
    json::{Member, ObjectReader, ValueReader, parse_object},
};

use crate::SubscriptionsApi;

impl SubscriptionsApi {
    /// `PATCH /subscriptions/{type}:{id}`: new values for some of its properties.
    pub(crate) async fn change_subscription(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse, Problem> {
        let change = read(&request.body)?;
        self.change(request, ChangeRequest::Values(Box::new(change))).await
    }
}

pub(crate) fn odb_profile(value: ValueReader<'_, '_>) -> Option<OdbProfile> {
    let number = value.integer(0..=13)?;
    u8::try_from(number).ok().and_then(|number| number.try_into().ok())
}

fn read(body: &[u8]) -> Result<Change, Violations> {
    let members = parse_object(body)?;
    let mut violations = Violations::new();
    if members.is_empty() {
        violations.add("", "at least one property to change");
    }
    let mut reader = ObjectReader::new(&members, &mut violations);
    let change = Change {
        msisdn: reader.optional("msisdn", |value| value.parse()),
        iccid: reader.optional("iccid", |value| value.parse()),
        blocked: reader.optional("blocked", |value| value.boolean()),
        state: reader.optional("state", |value| {
            value.one_of(&[(SubscriptionState::InUse.as_str(), SubscriptionState::InUse)])
        }),
        odb_profile: reader.optional("odb-profile", odb_profile),
        static_ip: match reader.nullable("static-ip", |value| value.parse()) {
            Member::Absent => None,
            Member::Null => Some(None),
            Member::Present(address) => Some(Some(address)),
        },
        apn_ids: reader.optional("apn-ids", |value| {
            value.array(0..=MAX_APN_IDS, |item| {
                item.integer(0..=i64::from(u32::MAX)).and_then(|id| u32::try_from(id).ok())
            })
        }),
        a2p_voice_app_key: reader.optional("a2p-voice-app-key", |value| value.parse()),
        tags: reader.optional("tags", |value| {
            value
                .array(0..=MAX_TAGS, |item| item.parse::<Tag>())
                .map(|tags| tags.into_iter().collect::<BTreeSet<_>>())
        }),
        services: None,
    };
    reader.deny_unknown();
    violations.into_result(change)
}
