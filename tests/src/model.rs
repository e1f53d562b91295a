//! A deliberately simple model of the path algebra.
