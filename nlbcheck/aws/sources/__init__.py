"""Where do AWS's answers come from: AWS itself, or a snapshot file?"""
