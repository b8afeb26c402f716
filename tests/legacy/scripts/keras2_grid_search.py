# ruff: noqa
'''scikit-learn's cross-validation and grid search over a KerasClassifier.'''
import numpy as np
from keras.datasets import digits
from keras.layers import Conv2D, Dense, Dropout, Flatten
from keras.models import Sequential
from keras.wrappers.scikit_learn import KerasClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score

np.random.seed(7)
(X, Y), _ = digits.load_data()
X, Y = X[:400] / X.max(), Y[:400]


def create_model(optimizer='adam', dropout_rate=0.0):
    model = Sequential()
    model.add(Conv2D(8, (3, 3), activation='relu', input_shape=(8, 8, 1)))
    model.add(Flatten())
    model.add(Dropout(dropout_rate))
    model.add(Dense(10, activation='softmax'))
    model.compile(loss='sparse_categorical_crossentropy', optimizer=optimizer, metrics=['accuracy'])
    return model


model = KerasClassifier(build_fn=create_model, epochs=15, batch_size=16, verbose=0)
kfold = StratifiedKFold(n_splits=3, shuffle=True, random_state=7)
results = cross_val_score(model, X, Y, cv=kfold)
print("accuracy: %f" % results.mean())
param_grid = dict(optimizer=['sgd', 'adam'], epochs=[4])
grid_result = GridSearchCV(estimator=model, param_grid=param_grid, n_jobs=1, cv=2).fit(X, Y)
print("Best: %f using %s" % (grid_result.best_score_, grid_result.best_params_))
print("adam is best: %d" % (grid_result.best_params_['optimizer'] == 'adam'))
