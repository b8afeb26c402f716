# ruff: noqa
"""Distillation as a loop by hand: a teacher whose softened words a smaller student learns."""
import keras
import tensorflow as tf
from keras import layers, ops

keras.utils.set_random_seed(3)
(x_train, y_train), (x_test, y_test) = keras.datasets.digits.load_data()
teacher = keras.Sequential([keras.Input(shape=(8, 8, 1)), layers.Conv2D(32, 3, padding="same"),
                            layers.LeakyReLU(negative_slope=0.2), layers.MaxPooling2D(), layers.Conv2D(32, 3),
                            layers.Flatten(), layers.Dense(10)], name="teacher")
student = keras.Sequential([keras.Input(shape=(8, 8, 1)), layers.Conv2D(4, 3, strides=2, padding="same"),
                            layers.LeakyReLU(negative_slope=0.2), layers.Flatten(), layers.Dense(10)], name="student")
student_scratch = keras.models.clone_model(student)
teacher.compile(optimizer=keras.optimizers.Adam(3e-3), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=[keras.metrics.SparseCategoricalAccuracy()])
teacher.fit(x_train, y_train, epochs=5, verbose=0)
optimizer = keras.optimizers.Adam(5e-3)
student_loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
distillation_loss_fn = keras.losses.KLDivergence()
alpha, temperature = 0.1, 3
metric = keras.metrics.SparseCategoricalAccuracy()
for epoch in range(6):
    metric.reset_state()
    for x, y in tf.data.Dataset.from_tensor_slices((x_train, y_train)).shuffle(2000).batch(64):
        teacher_predictions = teacher(x, training=False)
        with tf.GradientTape() as tape:
            student_predictions = student(x, training=True)
            student_loss = student_loss_fn(y, student_predictions)
            distillation_loss = distillation_loss_fn(
                ops.softmax(teacher_predictions / temperature, axis=1),
                ops.softmax(student_predictions / temperature, axis=1)) * (temperature**2)
            loss = alpha * student_loss + (1 - alpha) * distillation_loss
        gradients = tape.gradient(loss, student.trainable_weights)
        optimizer.apply_gradients(zip(gradients, student.trainable_weights))
        metric.update_state(y, student_predictions)
for model in (student,):
    model.compile(metrics=[keras.metrics.SparseCategoricalAccuracy()], loss=student_loss_fn)
print("train accuracy:", float(metric.result()))
print("accuracy:", student.evaluate(x_test, y_test, verbose=0)[1])
