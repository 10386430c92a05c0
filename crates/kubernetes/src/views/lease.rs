//! Leases.

use jiff::{SignedDuration, Timestamp};

use super::{object::view, path};

view! {
    /// A Lease.
    Lease
}

impl<'a> Lease<'a> {
    /// Who holds it; nobody when it was let go.
    pub fn holder(self) -> Option<&'a str> {
        path::text(self.value(), &["spec", "holderIdentity"]).filter(|holder| !holder.is_empty())
    }

    /// When its holder said last that it is there.
    pub fn renewed(self) -> Option<Timestamp> {
        self.time("renewTime").or_else(|| self.time("acquireTime"))
    }

    /// From when on others may take it, if its holder says nothing more.
    pub fn expires(self) -> Option<Timestamp> {
        let seconds = self.value().pointer("/spec/leaseDurationSeconds")?.as_i64()?;
        self.renewed()?.checked_add(SignedDuration::from_secs(seconds)).ok()
    }

    fn time(self, member: &str) -> Option<Timestamp> {
        path::text(self.value(), &["spec", member])?.parse().ok()
    }
}
