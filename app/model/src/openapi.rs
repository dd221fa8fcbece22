//! Schemas of the types that are structures here and one text on the wire.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

use crate::definition::ArtifactReference;

impl PartialSchema for ArtifactReference {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("name/version".to_owned())))
            .description(Some("An uploaded artifact, written name/version."))
            .into()
    }
}

impl ToSchema for ArtifactReference {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ArtifactReference")
    }
}
