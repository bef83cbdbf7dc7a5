"""The AR mirror: makeup on the live face, and what was tried; without it the mirror's screen shows a camera and nothing more."""
