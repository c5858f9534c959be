//! Parameters of prepared statements: their types as the client is told, and their values as the engine takes them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion_postgres::arrow_pg::datatypes::df::deserialize_parameters_with_server_types;
use datafusion_postgres::arrow_pg::datatypes::into_pg_type;
use datafusion_postgres::pgwire::api::Type;
use datafusion_postgres::pgwire::api::portal::Portal;
use datafusion_postgres::pgwire::api::stmt::StoredStatement;
use datafusion_postgres::pgwire::messages::extendedquery::Bind;

use crate::engine::ParameterTypes;
use crate::postgres::answer::Stop;
use crate::postgres::array;

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
        let statement = StoredStatement::new(String::new(), (), self.declared.clone());
        let portal = Portal::try_new(bind, Arc::new(statement))?;
        // The library makes no decimal of another number; numbers are read as what they are, and then fitted.
        let engine = self.engine.iter().zip(&self.wire);
        let engine: Vec<Option<&DataType>> =
            engine.map(|(engine, wire)| engine.as_ref().filter(|_| !is_number(wire))).collect();
        let wire: Vec<Option<&Type>> = self.wire.iter().map(Some).collect();
        // The library's readers take it for granted that a value is as long as its type needs.
        let read = catch_unwind(AssertUnwindSafe(|| deserialize_parameters_with_server_types(&portal, &engine, &wire)));
        let short = |_| Stop::error("22P02", "cannot read a parameter: it is too short or too long for its type");
        let mut values = read.map_err(short)??;
        self.read_lists(bind, &mut values)?;
        Ok(Some(self.fitted(values)?))
    }

    /// Lists of texts that were sent as text: the library takes what is empty or `NULL` in quotes for null.
    fn read_lists(&self, bind: &Bind, values: &mut ParamValues) -> Result<(), Stop> {
        let ParamValues::List(values) = values else { return Ok(()) };
        let format = |index| bind.parameter_format_codes.get(index).or(bind.parameter_format_codes.first());
        for (index, (value, sent)) in values.iter_mut().zip(&bind.parameters).enumerate() {
            let is_list = [Type::TEXT_ARRAY, Type::VARCHAR_ARRAY].contains(&self.wire[index]);
            let Some(sent) = sent.as_ref().filter(|_| is_list && format(index).is_none_or(|code| *code == 0)) else {
                continue;
            };
            let items = std::str::from_utf8(sent).ok().and_then(array::items);
            let items = items.ok_or_else(|| Stop::error("22P02", "malformed array literal"))?;
            let items: Vec<ScalarValue> = items.into_iter().map(ScalarValue::Utf8).collect();
            value.value = ScalarValue::List(ScalarValue::new_list_nullable(&items, &DataType::Utf8));
        }
        Ok(())
    }

    /// The values as the types that the engine wants, where it can tell.
    fn fitted(&self, values: ParamValues) -> Result<ParamValues, Stop> {
        let ParamValues::List(values) = values else { return Ok(values) };
        let unfit = |error: DataFusionError| {
            Stop::error("22003", format!("a parameter does not fit its place: {}", error.strip_backtrace()))
        };
        let fitted = values.into_iter().zip(&self.engine).map(|(value, engine)| match engine {
            Some(engine) if engine.is_numeric() && value.value.data_type() != *engine => value.value.cast_to(engine),
            _ => Ok(value.value),
        });
        Ok(ParamValues::from(fitted.collect::<Result<Vec<_>, _>>().map_err(unfit)?))
    }
}

fn is_number(wire: &Type) -> bool {
    [Type::INT2, Type::INT4, Type::INT8, Type::FLOAT4, Type::FLOAT8].contains(wire)
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
