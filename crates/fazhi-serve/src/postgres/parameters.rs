//! Parameters of prepared statements: their types as the client is told, and their values as the engine takes them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion_postgres::arrow_pg::datatypes::df::deserialize_parameters_with_server_types;
use datafusion_postgres::arrow_pg::datatypes::into_pg_type;
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::api::portal::Portal;
use datafusion_postgres::pgwire::api::stmt::StoredStatement;
use datafusion_postgres::pgwire::messages::extendedquery::Bind;

use crate::engine::{ParameterTypes, exact_or_scientific};
use crate::postgres::answer::Stop;
use crate::postgres::{array, numeric};

/// Types of the parameters of a statement, in order.
#[derive(Debug, Clone, Default)]
pub struct Parameters {
    /// As the engine wants them, where it can tell.
    engine: Vec<Option<DataType>>,
    /// As the client sends them.
    wire: Vec<Type>,
    /// As the client said at first; unknown ones are none.
    declared: Vec<Option<Type>>,
}

impl Parameters {
    /// The parameters of a planned statement: `types` is what the engine can tell of them by name, `declared` are OIDs from the
    /// client, 0 where it leaves the type open.
    ///
    /// # Errors
    /// Fails when a parameter is used as two types, or its type has no counterpart.
    pub fn of(plan: &LogicalPlan, types: ParameterTypes, declared: &[u32]) -> Result<Self, Stop> {
        let mut inferred: Vec<(usize, Option<DataType>)> = Vec::new();
        for (name, data_type) in types {
            let number = name.strip_prefix('$').and_then(|number| number.parse().ok()).filter(|number| *number > 0);
            let number = number.ok_or_else(|| Stop::error("42P02", format!("there is no parameter {name}")))?;
            inferred.push((number, data_type));
        }
        // The engine tells no type of a parameter that stands in a cast.
        for (number, data_type) in cast(plan) {
            if let Some((_, known @ None)) = inferred.iter_mut().find(|(known, _)| *known == number) {
                *known = Some(data_type);
            }
        }
        let count = inferred.iter().map(|(number, _)| *number).max().unwrap_or(0);
        if count > usize::from(u16::MAX) {
            return Err(Stop::error("54023", format!("a statement has at most {} parameters", u16::MAX)));
        }
        let mut engine = vec![None; count];
        for (number, data_type) in inferred {
            if let Some(place) = number.checked_sub(1).and_then(|index| engine.get_mut(index)) {
                *place = data_type;
            }
        }
        let declared: Vec<Option<Type>> = (0..count)
            .map(|index| declared.get(index).and_then(|oid| Type::from_oid(*oid)).filter(|t| *t != Type::UNKNOWN))
            .collect();
        let wire = engine.iter().zip(&declared).map(|(engine, declared)| wire_type(engine.as_ref(), declared.as_ref()));
        let wire = wire.collect::<Result<_, _>>()?;
        Ok(Self { engine, wire, declared })
    }

    /// OIDs of the types, for the client.
    pub fn oids(&self) -> Vec<u32> {
        self.wire.iter().map(Type::oid).collect()
    }

    /// The values of a `Bind` message; none where there are no parameters.
    ///
    /// # Errors
    /// Fails when there are too many or too few, or when a value cannot be read as its type.
    pub fn values(&self, bind: &Bind) -> Result<Option<ParamValues>, Stop> {
        let (given, needed) = (bind.parameters.len(), self.wire.len());
        if given != needed {
            let message = format!("bind message supplies {given} parameters, but prepared statement requires {needed}");
            return Err(Stop::error("08P01", message));
        }
        if bind.parameter_format_codes.iter().any(|code| !(0..=1).contains(code)) {
            return Err(Stop::error("22023", "format codes are 0 and 1"));
        }
        let formats = bind.parameter_format_codes.len();
        if formats > 1 && formats != given {
            let message = format!("bind message has {formats} parameter formats but {given} parameters");
            return Err(Stop::error("08P01", message));
        }
        if given == 0 {
            return Ok(None);
        }
        let own = self.own_values(bind)?;
        let left = bind.parameters.iter().zip(&own).map(|(sent, own)| sent.clone().filter(|_| own.is_none())).collect();
        let left = Bind::new(None, None, bind.parameter_format_codes.clone(), left, Vec::new());
        let statement = StoredStatement::new(String::new(), (), self.declared.clone());
        let portal = Portal::try_new(&left, Arc::new(statement))?;
        // The library makes no decimal of another number; numbers are read as what they are, and then fitted.
        let engine = self.engine.iter().zip(&self.wire);
        let engine: Vec<Option<&DataType>> =
            engine.map(|(engine, wire)| engine.as_ref().filter(|_| !is_number(wire))).collect();
        let wire: Vec<Option<&Type>> = self.wire.iter().map(Some).collect();
        // The library's readers take it for granted that a value is as long as its type needs.
        let read = catch_unwind(AssertUnwindSafe(|| deserialize_parameters_with_server_types(&portal, &engine, &wire)));
        let short = |_| Stop::error("22P02", "cannot read a parameter: it is too short or too long for its type");
        let ParamValues::List(values) = read.map_err(short)?? else { return Ok(None) };
        let values = values.into_iter().zip(own).zip(&self.engine);
        let fitted = values.map(|((value, own), engine)| fitted(own.unwrap_or(value.value), engine.as_ref()));
        Ok(Some(ParamValues::from(fitted.collect::<Vec<_>>())))
    }

    /// What a statement gets while nobody has sent values yet: nulls of the types that they will have.
    ///
    /// # Errors
    /// Fails when a type has no counterpart.
    pub fn nulls(&self) -> Result<Option<ParamValues>, Stop> {
        let bind = Bind::new(None, None, Vec::new(), vec![None; self.wire.len()], Vec::new());
        self.values(&bind)
    }

    /// Values that are read here: decimals, of which the library keeps 96 bits, and lists of texts that were sent as text, in which it
    /// takes what is empty or `NULL` in quotes for null.
    fn own_values(&self, bind: &Bind) -> Result<Vec<Option<ScalarValue>>, Stop> {
        let code = |index| bind.parameter_format_codes.get(index).or(bind.parameter_format_codes.first());
        let own = bind.parameters.iter().zip(&self.wire).enumerate().map(|(index, (sent, wire))| {
            let is_text = code(index).is_none_or(|code| *code == 0);
            match (sent, wire) {
                (None, &Type::NUMERIC) => Ok(Some(ScalarValue::Decimal128(None, 38, 6))),
                (Some(sent), &Type::NUMERIC) => number(sent, is_text).map(Some),
                (Some(sent), &(Type::TEXT_ARRAY | Type::VARCHAR_ARRAY)) if is_text => {
                    let list = std::str::from_utf8(sent).ok().and_then(array::list);
                    let list = list.ok_or_else(|| Stop::error("22P02", "malformed array literal"))?;
                    Ok(Some(ScalarValue::List(Arc::new(list))))
                }
                _ => Ok(None),
            }
        });
        own.collect()
    }
}

fn number(sent: &[u8], is_text: bool) -> Result<ScalarValue, Stop> {
    let written =
        if is_text { std::str::from_utf8(sent).ok().map(|text| text.trim().to_owned()) } else { numeric::text(sent) };
    let read = written.as_deref().and_then(exact_or_scientific);
    read.ok_or_else(|| Stop::error("22P02", "cannot read a parameter: it is no number of at most 76 digits"))
}

/// A number as the type of its place, if it is the same number there; otherwise as it is, and the engine compares both.
fn fitted(value: ScalarValue, engine: Option<&DataType>) -> ScalarValue {
    let own = value.data_type();
    let Some(engine) = engine.filter(|engine| engine.is_numeric() && own.is_numeric() && own != **engine) else {
        return value;
    };
    let there = value.cast_to(engine).ok();
    there.filter(|cast| cast.cast_to(&own).is_ok_and(|back| back == value)).unwrap_or(value)
}

fn is_number(wire: &Type) -> bool {
    [Type::INT2, Type::INT4, Type::INT8, Type::FLOAT4, Type::FLOAT8, Type::NUMERIC].contains(wire)
}

fn wire_type(engine: Option<&DataType>, declared: Option<&Type>) -> Result<Type, Stop> {
    match (declared, engine) {
        (Some(declared), _) => Ok(declared.clone()),
        (None, Some(DataType::Null) | None) => Ok(Type::TEXT),
        (None, Some(data_type)) => Ok(into_pg_type(data_type)?),
    }
}

/// Parameters that are cast, with what they are cast to.
fn cast(plan: &LogicalPlan) -> Vec<(usize, DataType)> {
    let mut found = Vec::new();
    let walked = plan.apply_with_subqueries(|node| {
        for expression in node.expressions() {
            expression.apply(|part| {
                if let Expr::Cast(cast) = part
                    && let Expr::Placeholder(placeholder) = cast.expr.as_ref()
                    && let Some(number) = placeholder.id.strip_prefix('$').and_then(|number| number.parse().ok())
                {
                    found.push((number, cast.field.data_type().clone()));
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        Ok(TreeNodeRecursion::Continue)
    });
    // Looking fails for no plan; what was found until then is right in any case.
    let _ = walked;
    found
}
