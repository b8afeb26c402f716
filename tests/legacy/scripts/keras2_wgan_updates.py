# ruff: noqa
"""Blogs of 2017: a Wasserstein GAN whose steps are updates of optimisers that K.function makes, with a gradient penalty."""
import numpy as np
import keras.backend as K
from keras.layers import Conv2D, Dense, Flatten, Input, LeakyReLU, Reshape, UpSampling2D
from keras.models import Model, Sequential
from keras.optimizers import Adam

np.random.seed(5)
size, noise_dim, weight = 8, 4, 10.0
# images: a bright left half
images = np.random.normal(0.0, 0.1, (512, size, size, 1))
images[:, :, : size // 2] += 1.0

netD = Sequential([
    Conv2D(8, 3, strides=2, padding="same", input_shape=(size, size, 1)), LeakyReLU(alpha=0.2),
    Conv2D(16, 3, strides=2, padding="same"), LeakyReLU(alpha=0.2), Flatten(), Dense(1),
])
netG = Sequential([
    Dense(4 * 4 * 8, input_shape=(noise_dim,)), LeakyReLU(alpha=0.2), Reshape((4, 4, 8)), UpSampling2D(),
    Conv2D(1, 3, padding="same"),
])
real, noise = Input(shape=(size, size, 1)), Input(shape=(noise_dim,))
fake = netG(noise)
share = K.placeholder(shape=(None, 1, 1, 1))
mixed = Input(shape=(size, size, 1), tensor=share * real + (1 - share) * fake)
loss_real, loss_fake = K.mean(netD(real)), K.mean(netD(fake))
slope = K.gradients(netD(mixed), [mixed])[0]
penalty = K.mean(K.square(K.sqrt(K.sum(K.square(slope), axis=[1, 2, 3])) - 1))
updates = Adam(lr=2e-3, beta_1=0.0, beta_2=0.9).get_updates(netD.trainable_weights, [], loss_fake - loss_real + weight * penalty)
netD_train = K.function([real, noise, share], [loss_real, loss_fake, penalty], updates)
updates = Adam(lr=2e-3, beta_1=0.0, beta_2=0.9).get_updates(netG.trainable_weights, [], -loss_fake)
netG_train = K.function([noise], [-loss_fake], updates)

penalties = []
for step in range(80):
    for _ in range(2):
        batch = images[np.random.randint(0, len(images), 32)]
        errors = netD_train([batch, np.random.normal(size=(32, noise_dim)), np.random.uniform(size=(32, 1, 1, 1))])
    penalties.append(float(errors[2]))
    netG_train([np.random.normal(size=(32, noise_dim))])
made = netG.predict(np.random.normal(size=(64, noise_dim)))
print("share of the penalty:", np.mean(penalties[-20:]) / penalties[0])
print("left minus right:", made[:, :, : size // 2].mean() - made[:, :, size // 2 :].mean())
