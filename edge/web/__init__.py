"""The technician's page and the box's HTTP interface."""
