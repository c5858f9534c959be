//! Words that depend on who reports and on what year.

/// Replacements for the named slots of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// 县, 区, 市 or 镇: what the body calls its own area.
    pub tier: &'static str,
    /// What a department calls itself (局); otherwise as `tier`.
    pub own: &'static str,
    /// The tier above: 县, 市 or 省.
    pub above: &'static str,
    /// Name of the body.
    pub issuer: String,
    /// Name of the region.
    pub place: String,
    /// The year the text is about.
    pub year: i32,
}

impl Words {
    /// The words of the same body about another year.
    #[must_use]
    pub fn in_year(&self, year: i32) -> Self {
        Self { year, ..self.clone() }
    }

    /// What a slot such as `全县` stands for; nothing for a name that is no slot.
    pub fn of(&self, slot: &str) -> Option<String> {
        let tier = self.tier;
        Some(match slot {
            "县" => tier.to_owned(),
            "全县" => format!("全{tier}"),
            "我县" => format!("我{}", self.own),
            "县委" if tier == "镇" => "镇党委".to_owned(),
            "县委" => format!("{tier}委"),
            "县政府" => format!("{tier}政府"),
            "县人大" => format!("{tier}人大"),
            "上级" => self.above.to_owned(),
            "issuer" => self.issuer.clone(),
            "place" => self.place.clone(),
            "last" => (self.year - 1).to_string(),
            "year" => self.year.to_string(),
            "next" => (self.year + 1).to_string(),
            _ => return None,
        })
    }
}
