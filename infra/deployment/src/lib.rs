//! What a deployment is made of, read without any service: the template and the options of a local
//! cloud. The developer's commands check both before anything is compiled.

pub mod caller;
pub mod options;
pub mod permissions;
pub mod template;
