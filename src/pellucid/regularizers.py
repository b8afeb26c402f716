"""placeholder until the module is in place"""
class Regularizer: ...
def get(x): return x
def serialize(x): return {}
