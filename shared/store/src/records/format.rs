//! Formats of domain types, which have none of their own. A record with `#[serde(remote = "…")]`
//! states the format of a type; [`Maybe`] and [`Each`] apply it to an option and to a list.

use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The format of a type.
pub(crate) trait Format {
    /// The type.
    type Of;

    fn write<S: Serializer>(value: &Self::Of, to: S) -> Result<S::Ok, S::Error>;

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self::Of, D::Error>;
}

/// Makes a [`Format`] of anything that serde's `with` accepts.
macro_rules! format_of {
    ($of:ty: $format:ident) => {
        impl $crate::records::Format for $format {
            type Of = $of;

            fn write<S: serde::Serializer>(value: &$of, to: S) -> Result<S::Ok, S::Error> {
                $format::serialize(value, to)
            }

            fn read<'de, D: serde::Deserializer<'de>>(from: D) -> Result<$of, D::Error> {
                $format::deserialize(from)
            }
        }
    };
}

pub(super) use format_of;

/// A value in its format.
pub(crate) struct Formatted<'a, F: Format>(pub(crate) &'a F::Of);

impl<F: Format> Serialize for Formatted<'_, F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        F::write(self.0, to)
    }
}

impl<'a, F: Format> Formatted<'a, F> {
    /// Values in their format.
    pub(crate) fn each(values: &'a [F::Of]) -> Vec<Self> {
        values.iter().map(Self).collect()
    }
}

/// A value that is read from its format.
pub(super) struct Parsed<F: Format>(pub(super) F::Of);

impl<'de, F: Format> Deserialize<'de> for Parsed<F> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        F::read(from).map(Self)
    }
}

/// The format of a value that may be missing.
pub(super) struct Maybe<F>(PhantomData<F>);

impl<F: Format> Maybe<F> {
    pub(super) fn serialize<S: Serializer>(
        value: &Option<F::Of>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Formatted::<F>).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<F::Of>, D::Error> {
        Ok(Option::<Parsed<F>>::deserialize(from)?.map(|Parsed(value)| value))
    }
}

/// The format of a value in a box.
pub(super) struct Boxed<F>(PhantomData<F>);

impl<F: Format> Boxed<F> {
    pub(super) fn serialize<S: Serializer>(value: &F::Of, to: S) -> Result<S::Ok, S::Error> {
        F::write(value, to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Box<F::Of>, D::Error> {
        F::read(from).map(Box::new)
    }
}

/// The format of a list.
pub(super) struct Each<F>(PhantomData<F>);

impl<F: Format> Each<F> {
    pub(super) fn serialize<S: Serializer>(values: &[F::Of], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(Formatted::<F>::each(values))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<F::Of>, D::Error> {
        let values = Vec::<Parsed<F>>::deserialize(from)?;
        Ok(values.into_iter().map(|Parsed(value)| value).collect())
    }
}
