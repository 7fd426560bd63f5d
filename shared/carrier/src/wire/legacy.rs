/// Splits a raw path of the old documents, which write `&` where `?` belongs
/// (`/orders/status&id=ORD-1`, `/orders&pon=PO-1`), into the path and its query. A real query, when
/// there is one, goes behind it. None when the path has no `&`.
pub fn split_legacy_query<'p>(path: &'p str, query: &str) -> Option<(&'p str, String)> {
    let (path, first) = path.split_once('&')?;
    let separator = if query.is_empty() || first.is_empty() { "" } else { "&" };
    Some((path, format!("{first}{separator}{query}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queries_of_the_old_documents_are_found_in_the_path() {
        let split = split_legacy_query;
        assert_eq!(
            split("/orders/status&id=ORD-1", ""),
            Some(("/orders/status", "id=ORD-1".into()))
        );
        assert_eq!(
            split("/orders/status&buyerId=Verizon&sellerId=Cox", "limit=1"),
            Some(("/orders/status", "buyerId=Verizon&sellerId=Cox&limit=1".into()))
        );
        assert_eq!(split("/orders&", "pon=1"), Some(("/orders", "pon=1".into())));
        assert_eq!(split("/orders/ORD-1", "a=b&c=d"), None);
    }
}
