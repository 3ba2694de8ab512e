"""How fast is the product, against a bare yardstick measured in the same run?"""
