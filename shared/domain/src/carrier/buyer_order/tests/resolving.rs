use super::*;

#[test]
fn the_operator_ends_an_order_whose_seller_is_gone() {
    for status in [S::Completed, S::Cancelled] {
        let (reason, by) = ("the Seller is gone".to_owned(), "ann".to_owned());
        let resolved = BuyerOrderEvent::Resolved { status, reason, by };
        let asked = after(&placed(), requested(Instruction::Cancel { reason: None }));
        for order in [new(), placed(), asked, placed_in(S::Held), placed_in(S::Pending)] {
            let ended = after(&order, resolved.clone());
            assert_eq!((ended.status(), codes(&ended)), (status, vec!["REF023"]));
            assert!(ended.pending.is_empty());
            let last = ended.order.history.last().unwrap();
            assert_eq!(last.by.as_deref(), Some("ann"));
            assert_eq!(last.reason.as_deref(), Some("the Seller is gone"));
            assert_eq!(ended.apply(resolved.clone(), NOW).unwrap_err(), BuyerOrderError::Unchanged);
        }
    }
}
