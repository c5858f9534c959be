//! Headings of a report and what they are about.

use serde::{Deserialize, Serialize};

use crate::Span;
use crate::names::named_enum;

named_enum! {
    /// What the text under a heading does.
    pub enum Role {
        /// Tells what was done.
        Result = "result",
        /// Tells what is lacking.
        Problem = "problem",
        /// Tells what is planned.
        Plan = "plan",
        /// Tells how the heads fulfilled their duty.
        Responsibility = "responsibility",
        /// Anything else.
        Other = "other",
    }
}

named_enum! {
    /// Task areas of the national outline for 2021—2025, plus A10 for law publicity and public legal services.
    pub enum Area {
        /// 政府机构职能.
        A1 = "A1",
        /// 依法行政制度.
        A2 = "A2",
        /// 行政决策.
        A3 = "A3",
        /// 行政执法.
        A4 = "A4",
        /// 突发事件应对.
        A5 = "A5",
        /// 社会矛盾纠纷化解.
        A6 = "A6",
        /// 行政权力制约和监督.
        A7 = "A7",
        /// 科技保障, 数字法治政府.
        A8 = "A8",
        /// 党的领导, 推进机制.
        A9 = "A9",
        /// 普法与公共法律服务.
        A10 = "A10",
    }
}

/// A heading and the stretch of text it governs (up to the next heading of the same or a higher level).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// 1 for 一、, 2 for (一), 3 for `1.`, 4 for (1).
    pub level: i32,
    /// Numbering as written, e.g. `一、`.
    pub label: String,
    /// Heading without its numbering.
    pub heading: String,
    /// Task area, where the heading tells it.
    pub area: Option<Area>,
    /// What the text under it does; inherited from the heading above where it does not tell.
    pub role: Role,
    /// From the numbering to the end of the governed text.
    #[serde(flatten)]
    pub span: Span,
}
