"""Providers' raw usage objects, a module for each shape; `registry` tells them apart and reads them."""
