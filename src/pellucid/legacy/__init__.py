"""placeholder until the package is in place"""
def translate(owner, parameters, args, kwargs):
    return args, kwargs
def accepts_old_spelling(owner):
    return lambda function: function
