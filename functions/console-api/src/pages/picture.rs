//! The timeline as a picture: a lane for each sort of event, in the order in which they happened.

use domain::clock::rfc3339;
use maud::{Markup, html};

use crate::order_view::{Event, Lane};

/// Events that are drawn: the newest.
const MOST: usize = 24;
/// Pixels between two events.
const STEP: usize = 40;
/// Pixels of a lane.
const LANE: usize = 28;
/// Pixels for the names of the lanes.
const NAMES: usize = 80;

/// The picture; nothing without events. It is not to scale, and what it shows stands in the list.
pub(super) fn picture(events: &[Event]) -> Markup {
    let drawn = &events[events.len().saturating_sub(MOST)..];
    let (Some(first), Some(last)) = (drawn.first(), drawn.last()) else {
        return Markup::default();
    };
    let (width, height) = (NAMES + STEP * drawn.len(), LANE * Lane::ALL.len());
    let name = format!(
        "{} events from {} to {}, in the order of their times",
        drawn.len(),
        rfc3339(first.at),
        rfc3339(last.at)
    );
    html! {
        div.picture tabindex="0" role="region" aria-label="Picture of the timeline" {
            svg role="img" aria-label=(name) viewBox=(format!("0 0 {width} {height}"))
                width=(width) height=(height) {
                @for (row, lane) in Lane::ALL.into_iter().enumerate() {
                    text x="0" y=(middle(row) + 4) { (lane.as_str()) }
                    line x1=(NAMES) x2=(width) y1=(middle(row)) y2=(middle(row)) {}
                }
                polyline points=(path(drawn)) {}
                @for (index, event) in drawn.iter().enumerate() {
                    circle class=(event.lane.as_str()) r="6"
                        cx=(x(index)) cy=(middle(lane(event))) {
                        title { (rfc3339(event.at)) " " (event.what) " " (event.more) }
                    }
                }
            }
        }
    }
}

fn lane(event: &Event) -> usize {
    Lane::ALL.iter().position(|lane| *lane == event.lane).unwrap_or(0)
}

const fn middle(row: usize) -> usize {
    row * LANE + LANE / 2
}

const fn x(index: usize) -> usize {
    NAMES + index * STEP + STEP / 2
}

fn path(events: &[Event]) -> String {
    let points = events.iter().enumerate();
    let points = points.map(|(index, event)| format!("{},{}", x(index), middle(lane(event))));
    points.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};

    use super::*;

    fn event(n: i64, lane: Lane) -> Event {
        let at = datetime!(2026-12-01 12:00 UTC) + Duration::seconds(n);
        Event { at, lane, what: format!("<b>{n}</b>"), more: "\"&".to_owned() }
    }

    #[test]
    fn each_event_has_a_mark_in_its_lane_and_its_text_is_escaped() {
        assert_eq!(picture(&[]).into_string(), "");
        let events = [event(1, Lane::Status), event(2, Lane::Delivery)];
        let drawn = picture(&events).into_string();
        assert_eq!(drawn.matches("<circle").count(), 2);
        assert!(drawn.contains("points=\"100,14 140,70\""), "{drawn}");
        assert!(drawn.contains("&lt;b&gt;2&lt;/b&gt; &quot;&amp;") && !drawn.contains("<b>"));
    }

    #[test]
    fn of_many_events_the_newest_are_drawn() {
        let events: Vec<Event> = (0..100).map(|n| event(n, Lane::Attempt)).collect();
        let drawn = picture(&events).into_string();
        assert_eq!(drawn.matches("<circle").count(), MOST);
        assert!(drawn.contains("&lt;b&gt;99&lt;") && !drawn.contains("&lt;b&gt;75&lt;"));
    }
}
