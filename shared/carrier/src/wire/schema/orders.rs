//! `order` and everything in it.

use api::schema::{Choice, Kind::*, Member, Other, Rule};
use domain::carrier::Quirk;

use super::{
    DATE, Kind, Object, PRICING_TERM, STATUS, TAG, examples, object, optional as o, required as r,
    rules,
};

const MAX: i64 = i64::MAX;

/// A word list without deviations.
const fn words(words: &'static [&'static str]) -> Kind {
    Word(words, &[])
}

/// `order` as a Buyer sends it.
pub static ORDER: Object = object(
    "order",
    &[
        o("id", Id(45)),
        o("link", Object(&LINK)),
        r("buyerId", Id(25)),
        r("sellerId", Id(25)),
        r("buyerPurchaseOrderNumber", Id(16)),
        r("buyerOrderVersion", Id(2)),
        r("orderDate", DATE),
        r("orderActivity", words(&["INSTALL", "CHANGE", "DISCONNECT"])),
        o("orderStatus", Ours(&STATUS)),
        r(
            "desiredResponses",
            words(&["NONE", "CONFIRMATION_ONLY", "CONFIRMATION_AND_ENGINEERING_DESIGN"]),
        ),
        o("projectId", Label(45)),
        r("requestedCompletionDate", DATE),
        o("requestedStartDate", DATE),
        o("expectedCompletionDate", DATE),
        o("completionDate", DATE),
        o("priority", Integer(0, 4)),
        r("billingInfo", Object(&BILLING)),
        r("buyerOrderContact", Object(&CONTACT)),
        o("buyerImplementationContact", Object(&CONTACT)),
        o("buyerTechnicalContact", Object(&CONTACT)),
        o("pricingMethod", words(&["CONTRACT", "TARIFF", "ICB", "OTHER"])),
        o("pricingReference", Label(25)),
        o("pricingTerm", PRICING_TERM),
        o("promotionId", Label(18)),
        r("orderType", Word(&["UNI", "ACCESS_EPL"], &[("ACCESS_E_LINE", Quirk::AccessEline)])),
        o("notes", Label(300)),
        o("serviceabilityResponse", Object(&RESOURCE)),
        r("orderItems", List(1, 20, &Object(&ITEM))),
    ],
)
.about("An order of Ethernet services that a Buyer places with a Seller.")
.tagged(TAG, &[("order-create-update", None)])
.rules(&[Rule::Check(
    rules::order,
    "References of items are unique in the order; an OVC names contacts where its UNI is not on \
     the same order.",
)])
.example(examples::ORDER);

static ITEM: Object = object(
    "orderItem",
    &[
        r("orderItemReference", Id(4)),
        r("action", words(&["INSTALL", "CHANGE", "NO_CHANGE", "DELETE"])),
        r("quantity", Integer(1, MAX)),
        o("orderItemStatus", Ours(&STATUS)),
        o("orderItemDetail", OneOf(&DETAIL)),
    ],
)
.about("One product of an order, and what is to be done with it.");

/// The three kinds of detail; `order.rs` reads them by these names.
pub(in super::super) static DETAIL: Choice<Quirk> = Choice {
    tag: TAG,
    objects: &[&ACCESS_EPL, &UNI, &DISCONNECT],
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

const PRODUCT: Kind =
    Or(&Object(&PRODUCT_REFERENCE), Other::Kind(&Id(45)), Quirk::BareProductSpecification);

static ACCESS_EPL: Object = object(
    "accessEplProductOrder",
    &[
        o("sellerOvcId", Id(45)),
        o("buyerOvcId", Label(45)),
        r("productSpecification", PRODUCT).expected(Quirk::MissingProductSpecification),
        o("enniSvlanId", Integer(0, 4095)),
        o("enniSvlanIdLast", Integer(1, 4095)),
        o("mtuSize", Integer(1526, MAX)),
        o("colorForwardingEnabled", Boolean),
        o("classOfService", Label(20)),
        o("enniReference", OneOf(&ENNI_REFERENCE)),
        o("enniSiteContact", Object(&CONTACT)),
        o("enniSiteAlternateContact", Object(&CONTACT)),
        o("uniSiteContact", Object(&CONTACT)),
        o("uniSiteAlternateContact", Object(&CONTACT)),
        o("enniIngressBandwidthProfile", Object(&BANDWIDTH)),
        o("uniIngressBandwidthProfile", Object(&BANDWIDTH)),
        r("uniReference", OneOf(&UNI_REFERENCE)),
    ],
)
.about("An Access E-Line: an OVC between a UNI and an ENNI.")
.tagged(TAG, &[("accessElineProductOrder", Some(Quirk::AccessEline))])
.rules(&[
    Rule::With("enniSvlanIdLast", &["enniSvlanId"]),
    Rule::Check(rules::access_epl, "`enniSvlanIdLast` is not less than `enniSvlanId`."),
]);

static UNI: Object = object(
    "uniProductOrder",
    &[
        o("sellerUniId", Id(45)),
        o("buyerUniId", Label(45)),
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
)
.about("A UNI.");

static DISCONNECT: Object = object(
    "disconnectOrderItemDetail",
    &[r("sellerServiceOrEndpointId", Id(45)), o("buyerServiceOrEndpointId", Label(45))],
)
.about("What is to be disconnected.");

static UNI_REFERENCE: Choice<Quirk> = Choice {
    tag: TAG,
    objects: &[&ORDERED_UNI, &EXISTING_UNI],
    hints: &[("orderItemReference", 0), ("sellerUniId", 1)],
};

static ENNI_REFERENCE: Choice<Quirk> = Choice {
    tag: TAG,
    objects: &[&ORDERED_ENNI, &EXISTING_ENNI],
    hints: &[("orderItemReference", 0), ("sellerEnniId", 1)],
};

const ORDERED: &[Member<Quirk>] =
    &[r("orderItemReference", Id(4)), o("orderId", Id(45)), o("buyerPurchaseOrderNumber", Id(16))];

static ORDERED_UNI: Object = object("orderedUniReference", ORDERED)
    .about("A UNI that an item of this or another order orders.");
static ORDERED_ENNI: Object = object("orderedEnniReference", ORDERED)
    .about("An ENNI that an item of this or another order orders.");
static EXISTING_UNI: Object =
    object("existingUniReference", &[r("sellerUniId", Id(45)), o("buyerUniId", Label(45))])
        .about("A UNI that the Seller has.");
static EXISTING_ENNI: Object =
    object("existingEnniReference", &[r("sellerEnniId", Id(45)), o("buyerEnniId", Label(45))])
        .about("An ENNI that the Seller has.");

static PRODUCT_REFERENCE: Object = object(
    "productSpecRef",
    &[
        o("name", Label(25)).about("The name of the product."),
        o("code", Label(15)).about("The Seller's code of the product."),
        o("productSpecification", Object(&RESOURCE)).about("Where the product is described."),
    ],
)
.about("A product of the Seller's catalogue, by name or code.");

static RESOURCE: Object = object(
    "resourceReference",
    &[
        r("id", Label(45)).about("The id of the resource."),
        r("type", Label(25)),
        r("link", Object(&LINK)),
    ],
)
.about("A resource elsewhere.");

static LINK: Object = object(
    "link",
    &[
        r("href", Label(255)),
        o("rel", Label(25)),
        o("title", LongLabel { write: 25, read: 255, quirk: Quirk::LongLinkTitle }),
        o("method", words(&["get", "post"])),
        o("type", Label(25)).about("The media type of the resource."),
    ],
)
.about("Where a resource is.");

static BANDWIDTH: Object = object(
    "bandwidthProfile",
    &[
        o("committedInformationRate", Object(&RATE)),
        o("excessInformationRate", Object(&RATE)),
        o("committedBurstSize", Integer(12_176, MAX)),
        o("excessBurstSize", Integer(0, MAX)),
        o("colorMode", words(&["COLOR_AWARE", "COLOR_BLIND"])),
        o("couplingFlag", Boolean),
    ],
)
.about("A bandwidth profile (MEF 10.3): rates, and bursts in bytes.");

static RATE: Object =
    object("informationRateQuantity", &[r("amount", Number), r("units", words(&["Mbps", "Gbps"]))])
        .about("An information rate.");

pub(super) static CONTACT: Object = object(
    "contact",
    &[
        r("name", Label(50)),
        r("telephoneNumber", Label(15)),
        o("telephoneNumberExt", Label(6)),
        o("email", Label(60)),
    ],
)
.about("A person or a department.");

static BILLING: Object = object(
    "billingInformation",
    &[
        o("existingBillingAccountNumber", Label(13)),
        o("billingContact", Object(&CONTACT)),
        o("billingAddress", OneOf(&ADDRESS)),
    ],
)
.about("Which account is billed: an existing one, or contact and address of a new one.")
.rules(&[Rule::Without("existingBillingAccountNumber", &["billingContact", "billingAddress"])]);

static SITE: Object = object(
    "serviceSiteInformation",
    &[
        o("siteCompanyName", Label(25)),
        o("customerName", Label(25)),
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
        o("additionalSiteInformation", Label(100)),
    ],
)
.about("Where a UNI is.")
.rules(&[Rule::Check(rules::site, "`siteAddressType` names the type of `siteAddress`.")]);

pub(super) static ADDRESS: Choice<Quirk> = Choice {
    tag: TAG,
    objects: &[&FORMATTED_ADDRESS, &FIELDED_ADDRESS, &ADDRESS_REFERENCE, &GEOGRAPHIC_POINT],
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

static FORMATTED_ADDRESS: Object = object(
    "formattedAddress",
    &[
        o("addressLine1", Label(60)),
        o("addressLine2", Label(60)),
        o("locality", Label(50)),
        o("city", Label(50)),
        o("stateOrProvince", Label(50)),
        o("country", Label(50)),
        o("postcode", Label(12)),
        o("postcodeExtension", Label(4)),
    ],
)
.about("An address in lines.");

static FIELDED_ADDRESS: Object = object(
    "fieldedAddress",
    &[
        o("streetNr", Label(10)),
        o("streetNrSuffix", Label(10)),
        o("streetNrLast", Label(10)),
        o("streetName", Label(60)),
        o("streetType", Label(25)),
        o("streetSuffix", Label(2)),
        o("subUnitType", Label(25)),
        o("subUnitNr", Label(10)),
        o("levelType", Label(25)),
        o("levelNr", Label(25)),
        o("buildingName", Label(60)),
        o("privateStreetName", Label(60)),
        o("locality", Label(50)),
        o("city", Label(50)),
        o("stateOrProvince", Label(50)),
        o("country", Label(50)),
        o("postcode", Label(12)),
        o("postcodeExtension", Label(4)),
    ],
)
.about("An address in its parts.");

static ADDRESS_REFERENCE: Object =
    object("addressReference", &[o("referenceType", Label(25)), o("reference", Label(60))])
        .about("An address by its number in a register.");

static GEOGRAPHIC_POINT: Object =
    object("geographicPoint", &[r("latitude", Label(10)), r("longitude", Label(10))])
        .about("A point on the map.");
