# ruff: noqa
"""TensorFlow's tutorials on checkpoints: weights under names without an ending, a manager, the last one found again."""
import os
import sys

import numpy as np
import tensorflow as tf

tf.random.set_seed(4)
(x_train, y_train), (x_test, y_test) = tf.keras.datasets.digits.load_data()


def create_model():
    model = tf.keras.Sequential([
        tf.keras.layers.Conv2D(8, 3, activation="relu", input_shape=(8, 8, 1)),
        tf.keras.layers.Flatten(),
        tf.keras.layers.Dense(10),
    ])
    model.compile(optimizer="adam", loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                  metrics=[tf.keras.metrics.SparseCategoricalAccuracy()])
    return model


checkpoint_path = os.path.join(sys.argv[1], "training_1/cp.ckpt")
model = create_model()
cp_callback = tf.keras.callbacks.ModelCheckpoint(filepath=checkpoint_path, save_weights_only=True, verbose=0)
model.fit(x_train, y_train, epochs=6, batch_size=64, callbacks=[cp_callback], verbose=0)
again = create_model()
again.load_weights(checkpoint_path)
accuracy = model.evaluate(x_test, y_test, verbose=0)[1]
print("accuracy:", accuracy)
print("loaded:", again.evaluate(x_test, y_test, verbose=0)[1] - accuracy)
model.save_weights(os.path.join(sys.argv[1], "checkpoints/my_checkpoint"))
again.load_weights(os.path.join(sys.argv[1], "checkpoints/my_checkpoint"))
model.save(os.path.join(sys.argv[1], "saved_model/my_model"))
new_model = tf.keras.models.load_model(os.path.join(sys.argv[1], "saved_model/my_model"))
print("whole:", abs(new_model.predict(x_test[:5]) - model.predict(x_test[:5])).max())

net, opt = create_model(), tf.keras.optimizers.Adam(0.01)
opt.build(net.trainable_variables)
ckpt = tf.train.Checkpoint(step=tf.Variable(1), optimizer=opt, net=net)
manager = tf.train.CheckpointManager(ckpt, os.path.join(sys.argv[1], "tf_ckpts"), max_to_keep=3)
ckpt.restore(manager.latest_checkpoint)
assert not manager.latest_checkpoint
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
for x, y in tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(64).take(12):
    with tf.GradientTape() as tape:
        loss = loss_object(y, net(x, training=True))
    variables = net.trainable_variables
    opt.apply_gradients(zip(tape.gradient(loss, variables), variables))
    ckpt.step.assign_add(1)
    if int(ckpt.step) % 3 == 0:
        save_path = manager.save()
        print("Saved checkpoint for step {}: loss {:1.2f}".format(int(ckpt.step), loss.numpy()))
manager.save()
assert len(manager.checkpoints) == 3
other = create_model()
tf.train.Checkpoint(net=other).restore(tf.train.latest_checkpoint(os.path.join(sys.argv[1], "tf_ckpts"))).expect_partial()
print("steps kept:", int(ckpt.step))
print("restored:", abs(other.predict(x_test[:5]) - net.predict(x_test[:5])).max())
