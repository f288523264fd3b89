//! Journeys of somebody who has no mouse.
