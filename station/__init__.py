"""packing-station: the controller of a warehouse packing station, and its desk."""
