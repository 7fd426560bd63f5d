//! `order` and everything in it.

use domain::carrier::Quirk;

use super::{
    Choice, Kind, Kind::*, Member, Presence, Shape, optional as o, required as r, rules, shape,
};

const MAX: i64 = i64::MAX;

/// A word list without deviations.
const fn words(words: &'static [&'static str]) -> Kind {
    Word(words, &[])
}

pub(in super::super) static ORDER: Shape = Shape {
    name: "order",
    aliases: &[("order-create-update", None)],
    members: &[
        o("id", Id(45)),
        o("link", Object(&LINK)),
        r("buyerId", Id(25)),
        r("sellerId", Id(25)),
        r("buyerPurchaseOrderNumber", Id(16)),
        r("buyerOrderVersion", Id(2)),
        r("orderDate", Date),
        r("orderActivity", words(&["INSTALL", "CHANGE", "DISCONNECT"])),
        o("orderStatus", Ignored),
        r(
            "desiredResponses",
            words(&["NONE", "CONFIRMATION_ONLY", "CONFIRMATION_AND_ENGINEERING_DESIGN"]),
        ),
        o("projectId", Text(45)),
        r("requestedCompletionDate", Date),
        o("requestedStartDate", Date),
        o("expectedCompletionDate", Date),
        o("completionDate", Date),
        o("priority", Integer(0, 4)),
        r("billingInfo", Object(&BILLING)),
        r("buyerOrderContact", Object(&CONTACT)),
        o("buyerImplementationContact", Object(&CONTACT)),
        o("buyerTechnicalContact", Object(&CONTACT)),
        o("pricingMethod", words(&["CONTRACT", "TARIFF", "ICB", "OTHER"])),
        o("pricingReference", Text(25)),
        o("pricingTerm", PricingTerm),
        o("promotionId", Text(18)),
        r("orderType", Word(&["UNI", "ACCESS_EPL"], &[("ACCESS_E_LINE", Quirk::AccessEline)])),
        o("notes", Text(300)),
        o("serviceabilityResponse", Object(&RESOURCE)),
        r("orderItems", List(1, 20, &Object(&ITEM))),
    ],
    rule: Some(rules::order),
};

static ITEM: Shape = shape(
    "orderItem",
    &[
        r("orderItemReference", Id(4)),
        r("action", words(&["INSTALL", "CHANGE", "NO_CHANGE", "DELETE"])),
        r("quantity", Integer(1, MAX)),
        o("orderItemStatus", Ignored),
        o("orderItemDetail", OneOf(&DETAIL)),
    ],
);

/// The three kinds of detail; `order.rs` reads them by these names.
pub(in super::super) static DETAIL: Choice = Choice {
    shapes: &[&ACCESS_EPL, &UNI, &DISCONNECT],
    hints: &[
        ("uniReference", 0),
        ("enniReference", 0),
        ("sellerServiceOrEndpointId", 2),
        ("sellerOvcId", 0),
        ("buyerOvcId", 0),
        ("sellerUniId", 1),
        ("buyerUniId", 1),
        ("physicalLayer", 1),
        ("serviceSiteInformation", 1),
    ],
};

const PRODUCT: Kind = TextOr(45, &PRODUCT_REFERENCE, Quirk::BareProductSpecification);

static ACCESS_EPL: Shape = Shape {
    name: "accessEplProductOrder",
    aliases: &[("accessElineProductOrder", Some(Quirk::AccessEline))],
    members: &[
        o("sellerOvcId", Id(45)),
        o("buyerOvcId", Text(45)),
        Member {
            name: "productSpecification",
            aliases: &[],
            presence: Presence::Expected(Quirk::MissingProductSpecification),
            kind: PRODUCT,
        },
        o("enniSvlanId", Integer(0, 4095)),
        o("enniSvlanIdLast", Integer(1, 4095)),
        o("mtuSize", Integer(1526, MAX)),
        o("colorForwardingEnabled", Boolean),
        o("classOfService", Text(20)),
        o("enniReference", OneOf(&ENNI_REFERENCE)),
        o("enniSiteContact", Object(&CONTACT)),
        o("enniSiteAlternateContact", Object(&CONTACT)),
        o("uniSiteContact", Object(&CONTACT)),
        o("uniSiteAlternateContact", Object(&CONTACT)),
        o("enniIngressBandwidthProfile", Object(&BANDWIDTH)),
        o("uniIngressBandwidthProfile", Object(&BANDWIDTH)),
        r("uniReference", OneOf(&UNI_REFERENCE)),
    ],
    rule: Some(rules::access_epl),
};

static UNI: Shape = shape(
    "uniProductOrder",
    &[
        o("sellerUniId", Id(45)),
        o("buyerUniId", Text(45)),
        r("productSpecification", PRODUCT),
        o(
            "physicalLayer",
            words(&[
                "10BASE_T",
                "100BASE_TX",
                "100BASE_FX",
                "1000BASE_T",
                "1000BASE_SX",
                "1000BASE_LX",
                "10GBASE_SR",
                "10GBASE_SW",
                "10GBASE_LR",
                "10GBASE_LW",
                "10GBASE_ER",
                "10GBASE_EW",
            ]),
        ),
        o("synchronousModeEnabled", Boolean),
        o("tokenShareEnabled", Boolean),
        o("serviceMultiplexingEnabled", Boolean),
        o("bundlingEnabled", Boolean),
        o("allToOneBundlingEnabled", Boolean),
        o("linkOamEnabled", Boolean),
        o("uniMegEnabled", Boolean),
        o("elmiEnabled", Boolean),
        o("numberOfLinks", Integer(1, MAX)),
        o("uniResiliency", words(&["NONE", "2_LINK_ACTIVE_STANDBY", "ALL_ACTIVE", "OTHER"])),
        o("maxServiceFrameSize", Integer(1522, MAX)),
        o("uniL2cpAddressSet", words(&["CTA", "CTB", "CTB_2"])),
        o("serviceSiteInformation", Object(&SITE)),
        o("primarySiteContact", Object(&CONTACT)),
        o("alternateSiteContact", Object(&CONTACT)),
    ],
);

static DISCONNECT: Shape = shape(
    "disconnectOrderItemDetail",
    &[r("sellerServiceOrEndpointId", Id(45)), o("buyerServiceOrEndpointId", Text(45))],
);

static UNI_REFERENCE: Choice = Choice {
    shapes: &[&ORDERED_UNI, &EXISTING_UNI],
    hints: &[("orderItemReference", 0), ("sellerUniId", 1)],
};

static ENNI_REFERENCE: Choice = Choice {
    shapes: &[&ORDERED_ENNI, &EXISTING_ENNI],
    hints: &[("orderItemReference", 0), ("sellerEnniId", 1)],
};

const ORDERED: &[Member] =
    &[r("orderItemReference", Id(4)), o("orderId", Id(45)), o("buyerPurchaseOrderNumber", Id(16))];

static ORDERED_UNI: Shape = shape("orderedUniReference", ORDERED);
static ORDERED_ENNI: Shape = shape("orderedEnniReference", ORDERED);
static EXISTING_UNI: Shape =
    shape("existingUniReference", &[r("sellerUniId", Id(45)), o("buyerUniId", Text(45))]);
static EXISTING_ENNI: Shape =
    shape("existingEnniReference", &[r("sellerEnniId", Id(45)), o("buyerEnniId", Text(45))]);

static PRODUCT_REFERENCE: Shape = shape(
    "productSpecRef",
    &[o("name", Text(25)), o("code", Text(15)), o("productSpecification", Object(&RESOURCE))],
);

static RESOURCE: Shape =
    shape("resourceReference", &[r("id", Text(45)), r("type", Text(25)), r("link", Object(&LINK))]);

static LINK: Shape = shape(
    "link",
    &[
        r("href", Text(255)),
        o("rel", Text(25)),
        o("title", LongText { write: 25, read: 255, quirk: Quirk::LongLinkTitle }),
        o("method", words(&["get", "post"])),
        o("type", Text(25)),
    ],
);

static BANDWIDTH: Shape = shape(
    "bandwidthProfile",
    &[
        o("committedInformationRate", Object(&RATE)),
        o("excessInformationRate", Object(&RATE)),
        o("committedBurstSize", Integer(12_176, MAX)),
        o("excessBurstSize", Integer(0, MAX)),
        o("colorMode", words(&["COLOR_AWARE", "COLOR_BLIND"])),
        o("couplingFlag", Boolean),
    ],
);

static RATE: Shape =
    shape("informationRateQuantity", &[r("amount", Number), r("units", words(&["Mbps", "Gbps"]))]);

pub(super) static CONTACT: Shape = shape(
    "contact",
    &[
        r("name", Text(50)),
        r("telephoneNumber", Text(15)),
        o("telephoneNumberExt", Text(6)),
        o("email", Text(60)),
    ],
);

static BILLING: Shape = Shape {
    name: "billingInformation",
    aliases: &[],
    members: &[
        o("existingBillingAccountNumber", Text(13)),
        o("billingContact", Object(&CONTACT)),
        o("billingAddress", OneOf(&ADDRESS)),
    ],
    rule: Some(rules::billing),
};

static SITE: Shape = Shape {
    name: "serviceSiteInformation",
    aliases: &[],
    members: &[
        o("siteCompanyName", Text(25)),
        o("customerName", Text(25)),
        o(
            "siteAddressType",
            words(&[
                "FIELDED_ADDRESS",
                "FORMATTED_ADDRESS",
                "ADDRESS_REFERENCE",
                "GEOGRAPHIC_POINT",
            ]),
        ),
        r("siteAddress", OneOf(&ADDRESS)),
        o("additionalSiteInformation", Text(100)),
    ],
    rule: Some(rules::site),
};

pub(super) static ADDRESS: Choice = Choice {
    shapes: &[&FORMATTED_ADDRESS, &FIELDED_ADDRESS, &ADDRESS_REFERENCE, &GEOGRAPHIC_POINT],
    hints: &[
        ("addressLine1", 0),
        ("streetName", 1),
        ("streetNr", 1),
        ("reference", 2),
        ("referenceType", 2),
        ("latitude", 3),
        ("longitude", 3),
        ("city", 0),
        ("postcode", 0),
    ],
};

static FORMATTED_ADDRESS: Shape = shape(
    "formattedAddress",
    &[
        o("addressLine1", Text(60)),
        o("addressLine2", Text(60)),
        o("locality", Text(50)),
        o("city", Text(50)),
        o("stateOrProvince", Text(50)),
        o("country", Text(50)),
        o("postcode", Text(12)),
        o("postcodeExtension", Text(4)),
    ],
);

static FIELDED_ADDRESS: Shape = shape(
    "fieldedAddress",
    &[
        o("streetNr", Text(10)),
        o("streetNrSuffix", Text(10)),
        o("streetNrLast", Text(10)),
        o("streetName", Text(60)),
        o("streetType", Text(25)),
        o("streetSuffix", Text(2)),
        o("subUnitType", Text(25)),
        o("subUnitNr", Text(10)),
        o("levelType", Text(25)),
        o("levelNr", Text(25)),
        o("buildingName", Text(60)),
        o("privateStreetName", Text(60)),
        o("locality", Text(50)),
        o("city", Text(50)),
        o("stateOrProvince", Text(50)),
        o("country", Text(50)),
        o("postcode", Text(12)),
        o("postcodeExtension", Text(4)),
    ],
);

static ADDRESS_REFERENCE: Shape =
    shape("addressReference", &[o("referenceType", Text(25)), o("reference", Text(60))]);

static GEOGRAPHIC_POINT: Shape =
    shape("geographicPoint", &[r("latitude", Text(10)), r("longitude", Text(10))]);
