//! The operator's role: every call of a command is judged by it.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, LazyLock},
};

use orderwire_local::{
    gate::Guard,
    permissions::{Permissions, Resources, record::Judge},
    template::{Place, Plan, Template},
};

static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
    Template::read(&file, &BTreeMap::new()).unwrap().plan(&Place::local("")).unwrap()
});
static JUDGE: LazyLock<Arc<Judge>> = LazyLock::new(|| Arc::new(Judge::new(Permissions::of(&PLAN))));

/// The guard of the queues, and of the table under the name that it has here.
pub(crate) fn guard(table: &str) -> Guard {
    assert!(PLAN.roles.contains_key("operator"));
    let resources = Resources::new(&PLAN, &Place::local("")).with_table("OrdersTable", table);
    Guard { judge: Arc::clone(&JUDGE), resources: Arc::new(resources) }
}
