//! What the register holds, page by page. Its control interface cannot list, but it finds subscribers
//! by id.

use domain::{
    network::{
        InventoryPage, InventoryPosition, InventorySession, NetworkInventory, StepError, Subscriber,
    },
    numbering::Imsi,
};

use crate::{OsmoHlr, OsmoHlrSession};

/// Ids in a row without a subscriber after which the inventory ends. A new subscriber has the highest
/// id plus one, so that such a gap is left only by deletions.
const LONGEST_GAP: u64 = 10_000;

impl NetworkInventory for OsmoHlr {
    type Session = OsmoHlrSession;

    async fn open_inventory(&self) -> Result<OsmoHlrSession, StepError> {
        Ok(self.connect().await?)
    }
}

impl InventorySession for OsmoHlrSession {
    async fn find(&mut self, imsi: &Imsi) -> Result<Option<Subscriber>, StepError> {
        Ok(self.by_imsi(imsi).await?.map(crate::Record::into_listed))
    }

    async fn page(
        &mut self,
        from: InventoryPosition,
        most: usize,
    ) -> Result<Option<InventoryPage>, StepError> {
        let (mut position, mut subscribers) = (from, Vec::new());
        for _ in 0..most {
            position.after += 1;
            match self.by_id(position.after).await? {
                Some(record) => {
                    position.empty = 0;
                    subscribers.push((record.imsi.clone(), record.into_listed()));
                }
                None => position.empty += 1,
            }
            if position.empty == LONGEST_GAP {
                return Ok(Some(InventoryPage { subscribers, next: None }));
            }
        }
        Ok(Some(InventoryPage { subscribers, next: Some(position) }))
    }
}
