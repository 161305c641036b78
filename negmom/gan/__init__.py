"""The paper's GAN experiment: a grid of discriminator momenta and step sizes, section 4 and Fig. 3.

A *cell* is one configuration; a *grid* is a product of lists of settings. ``python -m negmom.gan``
trains a grid from the command line; the modules do the same from Python:

``cells``       what is trained: configurations, their product, their names
``data``        images of a data set, as uint8, with their checksum
``networks``    the residual generator and discriminator
``losses``      the saturating and the non-saturating loss
``train``       the loop of every training: curves, divergence, checkpoints
``images``      one cell on images
``ring``        the ring of eight Gaussians: its density, its scores
``ensemble``    all cells on the ring, as one batched program
``classifier``  the network behind the classifier score
``scores``      scores of samples
``records``     what a cell leaves on disk: writing, reading, checkpoints
``checksums``   what was edited or damaged since a grid was stored
``grid``        a grid of cells on an executor
``measure``     spectra along the training of a grid's cells
``tables``      records of a grid as arrays over its axes
``comparison``  what the sign of the momentum does to a score, tested over the seeds
``figures``     the heat map of a grid, samples beside the best of each row
"""
