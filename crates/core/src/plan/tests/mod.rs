//! Plans from hand-made desired and live objects.

mod agreeing;
mod arranging;
mod beside;
mod companions;
mod data_nodes;
mod destroying;
mod forecasts;
mod moving;
mod outages;
mod ownership;
mod preflight;
mod replacing;
mod rolling;
mod scene;
mod texts;
mod unknown;
mod writing;
